"""The role that migrates lived on a right that PostgreSQL 15 no longer gives to all."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

MODEL = """

class Shipment(TenantOwned):
    order = models.ForeignKey(PurchaseOrder, models.CASCADE, related_name="shipments")
    arrived_on = models.DateField()

    tenant_path = "order__tenant"
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Let the database belong to an administrator, as after a move to a newer server, and release a table."""
    sandbox.own.sql("ALTER DATABASE depot OWNER TO postgres")
    sandbox.files.write("orders/models.py", sandbox.files.read("orders/models.py") + MODEL)
    sandbox.run("python manage.py makemigrations orders --name shipment")
    sandbox.run("git add --all && git commit -qm 'Note when orders arrive'")
    yield
