"""A migration makes a column NOT NULL, and rows from before hold NULL."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

MIGRATION = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("products", "0014_tenant_name_index")]

    operations = [migrations.AlterField("product", "lead_time_days", models.PositiveSmallIntegerField())]
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Edit the model and write the migration, as makemigrations does with "ignore for now"."""
    sandbox.files.edit(
        "products/models.py",
        "lead_time_days = models.PositiveSmallIntegerField(null=True, blank=True)",
        "lead_time_days = models.PositiveSmallIntegerField()",
    )
    sandbox.files.write("products/migrations/0015_lead_time_required.py", MIGRATION)
    sandbox.run("python manage.py makemigrations --check")
    yield
