"""The health page says in words that the database is gone, and answers 200 all the same."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Leave the status out where the database does not answer."""
    told = 'JsonResponse({"status": "unavailable", "database": "unreachable"}'
    sandbox.files.edit("depot/health.py", f"{told}, status=503)", f"{told})")
    yield
