"""The configuration names no role, on a server that believes whoever asks from its own machine."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._deployed import neighbours


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Trust local connections, as PostgreSQL's image does, and lose the role from the URL."""
    own = sandbox.own
    own.hba("host all all 127.0.0.1/32 trust")
    sandbox.files.write(".env", f"DATABASE_URL=postgresql://127.0.0.1:{own.port}/{own.role}\n{neighbours(own.role)}")
    sandbox.environment.update(DATABASE_URL=None, PGUSER=None, PGPASSWORD=None)
    yield
