"""Row security is forced on a table, and the nightly backup still runs as the role that owns it."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

POLICY = """
create policy own_tenant on suppliers_supplier
 using (tenant_id = nullif(current_setting('depot.tenant', true), '')::uuid)
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Limit a table to the tenant of the session, its owner included."""
    sandbox.sql(POLICY)
    sandbox.sql("alter table suppliers_supplier enable row level security")
    sandbox.sql("alter table suppliers_supplier force row level security")
    yield
