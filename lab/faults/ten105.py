"""A receiver writes a row of history beside each order and does not say whose it is."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

ORDER = """
from datetime import date
from django.db import IntegrityError
from orders.models import PurchaseOrder
from suppliers.models import Supplier

supplier = Supplier.objects.get(code='N-001')
order = PurchaseOrder(tenant_id=supplier.tenant_id, supplier=supplier, number='N-7001', ordered_on=date(2026, 1, 4))
try:
    order.save()
except IntegrityError:
    raise SystemExit
raise SystemExit('the order was saved, so nothing is broken')
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Write the receiver as it was before the history got a tenant, and let somebody order something."""
    sandbox.files.edit("orders/history.py", "tenant_id=instance.tenant_id, ", "")
    sandbox.run(f'python manage.py shell --verbosity 0 --command "{ORDER}"')
    yield
