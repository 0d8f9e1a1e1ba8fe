"""A policy asks for a setting as if it were always there."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._row_security import name_tenant, one_transaction_a_request, protect


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Protect the table with a policy that cannot be asked before a tenant is named, for reading or for writing."""
    name_tenant(sandbox)
    one_transaction_a_request(sandbox)
    protect(sandbox, own="tenant_id = current_setting('app.tenant')::uuid", checks=True)
    yield
