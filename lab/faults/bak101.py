"""Rows are lost, and the backup is fed to psql on the database they were lost from."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

BACK_UP = """
python runbooks/backup_database.py --into backups --apply
mv backups/*.dump backups/depot.dump
mv backups/*.dump.json backups/depot.dump.json
pg_dump --file backups/depot.sql
"""
CLEAN_UP = """
delete from orders_orderline
 where order_id in (select id from orders_purchaseorder where status = 'draft')
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Back up, lose the lines of every draft order to a careless statement, and restore as it is often written."""
    sandbox.run(BACK_UP)
    sandbox.sql(CLEAN_UP)
    sandbox.run("psql --file backups/depot.sql")
    yield
