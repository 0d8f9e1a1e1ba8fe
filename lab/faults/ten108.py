"""Policies hold for everybody, requests name their tenant, and a command was forgotten."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._row_security import CATEGORIES, name_tenant, one_transaction_a_request, protect


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Protect two tables and let requests of the API say for whom they work; nothing else does."""
    name_tenant(sandbox)
    one_transaction_a_request(sandbox)
    protect(sandbox)
    protect(sandbox, what=CATEGORIES)
    sandbox.run("git add --all && git commit -qm 'Protect suppliers and categories in the database'")
    yield
