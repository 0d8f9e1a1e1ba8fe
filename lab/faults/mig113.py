"""A release filled a new column by RunPython, with no way back, and must now be taken back."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._supplier_field import add_to_supplier

MIGRATION = """\
from django.db import migrations, models


def fill_domain(apps, schema_editor):
    suppliers = apps.get_model("suppliers", "Supplier").objects.using(schema_editor.connection.alias)
    for supplier in suppliers.exclude(email=""):
        supplier.domain = supplier.email.partition("@")[2]
        supplier.save(update_fields=["domain"])


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0015_tenant_name_index")]

    operations = [
        migrations.AddField("supplier", "domain", models.CharField(max_length=253, blank=True, db_default="")),
        migrations.RunPython(fill_domain),
    ]
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Release the column and what fills it."""
    domain = '    domain = models.CharField(max_length=253, blank=True, db_default="")\n'
    add_to_supplier(sandbox, domain)
    sandbox.files.write("suppliers/migrations/0016_domain.py", MIGRATION)
    sandbox.run("python manage.py migrate")
    sandbox.run("git add --all && git commit -qm 'Know the domain of a supplier' && git tag v2")
    yield
