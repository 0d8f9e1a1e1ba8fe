"""The configuration names a database that the server does not have."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Deploy with the name as somebody remembered it."""
    own = sandbox.own
    url = f"postgresql://{own.role}:{own.password}@127.0.0.1:{own.port}/{own.role}_production"
    sandbox.files.write(".env", f"DATABASE_URL={url}\n")
    sandbox.environment["DATABASE_URL"] = None
    yield
