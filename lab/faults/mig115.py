"""A migration was faked away to be run again, and its table is still there, with rows."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

APPROVAL = """

class Approval(TenantOwned):
    order = models.OneToOneField(PurchaseOrder, models.CASCADE, related_name="approval")
    approved_at = models.DateTimeField(default=timezone.now)

    tenant_path = "order__tenant"
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Release a table, use it, and follow a recipe that fakes the migration away before it migrates again."""
    sandbox.files.write("orders/models.py", sandbox.files.read("orders/models.py") + APPROVAL)
    sandbox.run("python manage.py makemigrations orders --name approval && python manage.py migrate")
    sandbox.run("git add --all && git commit -qm 'Orders are approved'")
    sandbox.sql(
        "INSERT INTO orders_approval (order_id, approved_at) SELECT id, now() FROM orders_purchaseorder LIMIT 9"
    )
    sandbox.run("python manage.py migrate orders 0014 --fake")
    yield
