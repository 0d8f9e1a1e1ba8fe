"""One migration writes rows and then alters the same table."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

MIGRATION = """\
from django.db import migrations, models


def add_complaints(apps, schema_editor):
    contact, supplier = (apps.get_model("suppliers", name) for name in ("Contact", "Supplier"))
    alias = schema_editor.connection.alias
    contact.objects.using(alias).update(purpose="orders")
    contact.objects.using(alias).bulk_create(
        contact(supplier=each, name=f"Complaints at {each.name}", purpose="complaints")
        for each in supplier.objects.using(alias).all()
    )


def remove_complaints(apps, schema_editor):
    contact = apps.get_model("suppliers", "Contact")
    contact.objects.using(schema_editor.connection.alias).filter(purpose="complaints").delete()


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0015_tenant_name_index")]

    operations = [
        migrations.AddField("contact", "purpose", models.CharField(max_length=20, null=True)),
        migrations.RunPython(add_complaints, remove_complaints),
        migrations.AlterField("contact", "purpose", models.CharField(max_length=20)),
    ]
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Put the three steps to a required field into one file, as they belong to one feature."""
    primary = "    is_primary = models.BooleanField(default=False)\n"
    sandbox.files.edit("suppliers/models.py", primary, "    purpose = models.CharField(max_length=20)\n" + primary)
    sandbox.files.write("suppliers/migrations/0016_purpose.py", MIGRATION)
    sandbox.run("git add --all && git commit -qm 'Say what a contact is for'")
    yield
