"""A release with an index that is to be built concurrently."""

from proofbook.lab.sandbox import Sandbox

MIGRATION = """\
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
{atomic}    dependencies = [("orders", "0014_quantity_positive_validate")]

    operations = [
        AddIndexConcurrently("purchaseorder", models.Index(fields=["expected_on"], name="order_expected_on_idx"))
    ]
"""


def release_index(sandbox: Sandbox, *, in_a_transaction: bool) -> None:
    """Add the index to the model, and put the concurrent operation in place of what makemigrations wrote."""
    index = 'indexes = [models.Index(fields=["tenant", "status", "ordered_on"], name="order_tenant_status_idx")]'
    more = index[:-1] + ', models.Index(fields=["expected_on"], name="order_expected_on_idx")]'
    sandbox.files.edit("orders/models.py", index, more)
    migration = MIGRATION.format(atomic="" if in_a_transaction else "    atomic = False\n")
    sandbox.files.write("orders/migrations/0015_expected_on_index.py", migration)
    sandbox.run("git add --all && git commit -qm 'Find orders by the day they are expected'")
