"""The list of names was written for the browsers; the health check calls the server by another one."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Deploy a list that holds the name users type, and nothing else."""
    sandbox.files.edit(
        "prod.env",
        "ALLOWED_HOSTS=depot.example.com,127.0.0.1",
        "ALLOWED_HOSTS='depot.example.com'",
    )
    yield
