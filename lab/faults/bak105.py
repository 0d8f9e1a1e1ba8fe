"""Somebody chose a password with an @ in it, and wrote it into the database's URL as it is."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

PASSWORD = "tea@four"


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Give the application a new login, and put its address into .env by hand."""
    own = sandbox.own
    own.sql(f"create role web login password '{PASSWORD}' in role {own.role}")
    sandbox.files.write(".env", f"DATABASE_URL=postgresql://web:{PASSWORD}@127.0.0.1:{own.port}/{own.role}\n")
    for name in ("DATABASE_URL", "PGPASSWORD", "PGUSER", "PGHOST", "PGPORT"):
        sandbox.environment[name] = None
    yield
