"""A concurrent build of an index was cancelled, and left an index behind that is not valid."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

MIGRATION = """\
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0014_quantity_positive_validate")]

    operations = [
        AddIndexConcurrently("purchaseorder", models.Index(fields=["expected_on"], name="order_expected_on_idx"))
    ]
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Migrate while somebody has a transaction open on the table, until the lock timeout; then that one ends."""
    index = 'indexes = [models.Index(fields=["tenant", "status", "ordered_on"], name="order_tenant_status_idx")]'
    more = index[:-1] + ', models.Index(fields=["expected_on"], name="order_expected_on_idx")]'
    sandbox.files.edit("orders/models.py", index, more)
    sandbox.files.write("orders/migrations/0015_expected_on_index.py", MIGRATION)
    sandbox.run("git add --all && git commit -qm 'Find orders by the day they are expected'")
    import_of_orders = sandbox.connect()
    import_of_orders.execute("UPDATE orders_purchaseorder SET note = note WHERE id = 1")
    sandbox.run("PGOPTIONS='-c lock_timeout=300ms' python manage.py migrate", check=False)
    import_of_orders.rollback()
    import_of_orders.close()
    yield
