"""Row level security is switched on by the role that owns the table, which it therefore does not bind."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._row_security import protect


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Write the migration as most articles show it, and apply it as the application's role."""
    protect(sandbox, binds_owner=False)
    yield
