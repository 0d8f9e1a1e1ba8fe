"""The application starts before the database server does, as after a reboot."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Shut the server down in good order, and start it no more."""
    sandbox.own.stop()
    yield
