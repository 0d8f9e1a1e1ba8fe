"""A table was emptied, and the backups are called by the names that their formats had before the job was changed."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._backup import back_up


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Keep a custom archive as .sql and a script as .dump, and empty a table."""
    back_up(sandbox, "kept/night.sql")
    sandbox.run("pg_dump --file kept/week.dump")
    sandbox.sql("truncate orders_orderhistory restart identity")
    yield
