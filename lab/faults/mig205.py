"""SQL written by hand refers to a key by another type than the key has."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

MIGRATION = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0014_quantity_positive_validate"), ("tenants", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE orders_purchaseorder"
                    " ADD COLUMN billed_to_id integer NULL REFERENCES tenants_tenant (id)",
                    "ALTER TABLE orders_purchaseorder DROP COLUMN billed_to_id",
                )
            ],
            state_operations=[
                migrations.AddField(
                    "purchaseorder",
                    "billed_to",
                    models.ForeignKey("tenants.Tenant", models.PROTECT, null=True, blank=True, related_name="+"),
                )
            ],
        )
    ]
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Take for granted that keys are integers, and release it."""
    number = "    number = models.CharField(max_length=30)\n"
    field = (
        '    billed_to = models.ForeignKey("tenants.Tenant", models.PROTECT, null=True, blank=True, related_name="+")\n'
    )
    sandbox.files.edit("orders/models.py", number, field + number)
    sandbox.files.write("orders/migrations/0015_billed_to.py", MIGRATION)
    sandbox.run("git add --all && git commit -qm 'Say who pays for an order'")
    yield
