"""The configuration names a database that the server does not have."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._deployed import deploy


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Deploy with the name as somebody remembered it."""
    deploy(sandbox, database=f"{sandbox.own.role}_production")
    yield
