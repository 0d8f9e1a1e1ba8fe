"""An index was made by SQL under another name than the migration's state says, and is now to be renamed."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

MIGRATION = """\
from django.db import migrations, models

CREATE = "CREATE INDEX contact_by_email ON suppliers_contact (email)"
INDEX = models.Index(fields=["email"], name="suppliers_c_email_1b5f0c_idx")


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0015_tenant_name_index")]

    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(CREATE, "DROP INDEX contact_by_email")],
            [migrations.AddIndex("contact", INDEX)],
        )
    ]
"""
OPTIONS = '        ordering = ["supplier", "name"]\n'


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Release the index, then give it a name in the model and let Django write the migration."""
    sandbox.files.write("suppliers/migrations/0016_contact_email.py", MIGRATION)
    sandbox.run("python manage.py migrate")
    index = '        indexes = [models.Index(fields=["email"], name="contact_email_idx")]\n'
    sandbox.files.edit("suppliers/models.py", OPTIONS, OPTIONS + index)
    sandbox.run("python manage.py makemigrations suppliers --name contact_email_name")
    sandbox.run("git add --all && git commit -qm 'Give the index of contacts a name'")
    yield
