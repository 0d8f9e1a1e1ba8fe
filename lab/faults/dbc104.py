"""The URL names the database's host as it was called in another network."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Deploy with a host that no resolver knows; .invalid is reserved for that."""
    own = sandbox.own
    url = f"postgresql://{own.role}:{own.password}@db.invalid:{own.port}/{own.role}"
    sandbox.files.write(".env", f"DATABASE_URL={url}\n")
    sandbox.environment["DATABASE_URL"] = None
    yield
