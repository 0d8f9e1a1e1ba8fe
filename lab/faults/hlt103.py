"""The script that waits for the server adds 000 of its own to the 000 that curl writes."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Write the fallback into the substitution, as half of the web does."""
    sandbox.files.edit("bin/wait_healthy", '/api/v1/health/") || :', '/api/v1/health/" || echo 000)')
    yield
