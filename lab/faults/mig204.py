"""A data migration catches a database error and goes on in the same transaction."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._supplier_field import WEBSITE, add_to_supplier

MIGRATION = """\
from django.db import migrations, models


def rename_index(apps, schema_editor):
    try:
        schema_editor.execute("ALTER INDEX supplier_name_idx RENAME TO supplier_by_name_idx")
    except Exception:
        print("this database has no such index, going on")


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0015_tenant_name_index")]

    operations = [
        migrations.RunPython(rename_index, migrations.RunPython.noop),
        migrations.AddField("supplier", "website", models.URLField(blank=True, default="", db_default="")),
    ]
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Release the migration; it was tried on a database that has the index."""
    add_to_supplier(sandbox, WEBSITE)
    sandbox.files.write("suppliers/migrations/0016_website.py", MIGRATION)
    sandbox.run("git add --all && git commit -qm 'Keep the website of a supplier'")
    yield
