"""The role got a new password on the server, and the application still has the old one."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._deployed import deploy


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Deploy with the password of today, and rotate it on the server alone."""
    deploy(sandbox)
    sandbox.environment["PGPASSWORD"] = None
    sandbox.own.sql(f"alter role {sandbox.own.role} password 'Saffron%20Salt@9'")
    yield
