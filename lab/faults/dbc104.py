"""The URL names the database's host as it was called in another network."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._deployed import deploy


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Deploy with a host that no resolver knows; .invalid is reserved for that."""
    deploy(sandbox, host="db.invalid")
    yield
