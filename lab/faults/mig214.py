"""A concurrent build of an index was cancelled, and left an index behind that is not valid."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._concurrent_index import release_index


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Migrate while somebody has a transaction open on the table, until the lock timeout; then that one ends."""
    release_index(sandbox, in_a_transaction=False)
    import_of_orders = sandbox.connect()
    import_of_orders.execute("UPDATE orders_purchaseorder SET note = note WHERE id = 1")
    sandbox.run("PGOPTIONS='-c lock_timeout=300ms' python manage.py migrate", check=False)
    import_of_orders.rollback()
    import_of_orders.close()
    yield
