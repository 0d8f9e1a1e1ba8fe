"""A backup grants rights to a role, and the server it is to be restored on has never had that role."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._backup import back_up


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Back up a server on which reports have a role of their own, and make it one on which they have not."""
    sandbox.own.sql("create role reporting")
    sandbox.sql("grant select on all tables in schema public to reporting")
    back_up(sandbox)
    sandbox.own.sql("drop owned by reporting")
    sandbox.own.sql("drop role reporting")
    yield
