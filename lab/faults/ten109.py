"""The tenant is named with SET LOCAL, and requests run without a transaction."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._row_security import name_tenant, protect


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Protect the table, and name the tenant for a transaction that nobody opens."""
    name_tenant(sandbox, "SET LOCAL app.tenant = %s")
    protect(sandbox)
    yield
