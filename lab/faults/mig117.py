"""A migration returns early where there are no rows, so a new database never gets the index."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

MIGRATION = """\
from django.db import migrations


def one_primary_contact(apps, schema_editor):
    contacts = apps.get_model("suppliers", "Contact").objects.using(schema_editor.connection.alias)
    if not contacts.exists():
        return  # nothing to do
    seen = set()
    for contact in contacts.filter(is_primary=True).order_by("id"):
        if contact.supplier_id in seen:
            contacts.filter(id=contact.id).update(is_primary=False)
        seen.add(contact.supplier_id)
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    schema_editor.execute("CREATE UNIQUE INDEX contact_one_primary ON suppliers_contact (supplier_id) WHERE is_primary")


def any_contact(apps, schema_editor):
    schema_editor.execute("DROP INDEX IF EXISTS contact_one_primary")


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0015_tenant_name_index")]

    operations = [migrations.RunPython(one_primary_contact, any_contact)]
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Release it where there are rows."""
    sandbox.files.write("suppliers/migrations/0016_one_primary_contact.py", MIGRATION)
    sandbox.run("python manage.py migrate")
    sandbox.run("git add --all && git commit -qm 'Let a supplier have one primary contact'")
    yield
