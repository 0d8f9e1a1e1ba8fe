"""The file of a SQLite database was brought by one account, and the server runs as another."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._laptop import use_sqlite


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Make the database, and take the right to write it: the owner of the file is no longer who serves."""
    use_sqlite(sandbox, 'BASE_DIR / "data" / "db.sqlite3"')
    sandbox.run("chmod 444 data/db.sqlite3")
    yield
