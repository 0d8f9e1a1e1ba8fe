"""Rows are lost, and the backup is fed to psql on the database they were lost from."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._backup import back_up

CLEAN_UP = """
delete from orders_orderline
 where order_id in (select id from orders_purchaseorder where status = 'draft')
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Back up, lose the lines of every draft order to a careless statement, and restore as it is often written."""
    back_up(sandbox, "backups/depot.dump")
    sandbox.run("pg_dump --file backups/depot.sql")
    sandbox.sql(CLEAN_UP)
    sandbox.run("psql --file backups/depot.sql")
    yield
