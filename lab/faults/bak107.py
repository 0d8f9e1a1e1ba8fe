"""A table was emptied, and the backups are called by the names that their formats had before the job was changed."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

BACK_UP = """
python runbooks/backup_database.py --into backups --apply
mkdir kept
mv backups/*.dump kept/night.sql
mv backups/*.dump.json kept/night.sql.json
pg_dump --file kept/week.dump
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Keep a custom archive as .sql and a script as .dump, and empty a table."""
    sandbox.run(BACK_UP)
    sandbox.sql("truncate orders_orderhistory")
    yield
