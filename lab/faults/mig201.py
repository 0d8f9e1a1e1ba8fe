"""The release went out without migrate, so somebody added the column by hand, and it is in use."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Run by hand what the waiting migration would run, and write to the column."""
    note = "    note = models.TextField"
    reference = '    reference = models.CharField(max_length=40, blank=True, default="")\n'
    sandbox.files.edit("orders/models.py", note, reference + note)
    sandbox.run("python manage.py makemigrations orders --name purchaseorder_reference")
    sandbox.run("git add --all && git commit -qm 'Keep the reference of the supplier'")
    sandbox.sql("ALTER TABLE orders_purchaseorder ADD COLUMN reference varchar(40) NOT NULL DEFAULT ''")
    sandbox.sql("ALTER TABLE orders_purchaseorder ALTER COLUMN reference DROP DEFAULT")
    sandbox.sql("UPDATE orders_purchaseorder SET reference = 'T-' || number WHERE status = 'sent'")
    yield
