"""A column was added by SQL, and a later operation needs the field that Django's state never got."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._supplier_field import add_to_supplier

BY_SQL = """\
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0015_tenant_name_index")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE suppliers_supplier ADD COLUMN IF NOT EXISTS region varchar(40) NOT NULL DEFAULT ''",
            "ALTER TABLE suppliers_supplier DROP COLUMN region",
        )
    ]
"""
INDEX = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0016_region")]

    operations = [
        migrations.AddIndex("supplier", models.Index(fields=["region"], name="supplier_region_idx")),
    ]
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Release the column made by SQL, use it, and then write the migration for its index by hand."""
    region = '    region = models.CharField(max_length=40, blank=True, default="", db_default="")\n'
    add_to_supplier(sandbox, region)
    sandbox.files.write("suppliers/migrations/0016_region.py", BY_SQL)
    sandbox.run("python manage.py migrate")
    sandbox.sql("UPDATE suppliers_supplier SET region = 'north' WHERE country <> ''")
    name = '[models.Index(fields=["tenant", "name"], name="supplier_tenant_name_idx")'
    index = 'models.Index(fields=["region"], name="supplier_region_idx")'
    sandbox.files.edit("suppliers/models.py", f"{name}]", f"{name}, {index}]")
    sandbox.files.write("suppliers/migrations/0017_region_index.py", INDEX)
    sandbox.run("git add --all && git commit -qm 'Find suppliers by region'")
    yield
