"""A backup was restored by the superuser without owners and grants, and put in the place of the database in use."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

BACK_UP = """
mkdir kept
pg_dump --format=custom --file kept/depot.dump
"""
RESTORE = """
psql --quiet "$SUPERUSER_URL" --command 'create database restored template template0'
pg_restore --no-owner --no-privileges --dbname "$SUPERUSER_URL&dbname=restored" kept/depot.dump
psql --quiet "$SUPERUSER_URL" --set ON_ERROR_STOP=1 <<SQL
alter database "$PGDATABASE" rename to before;
alter database restored rename to "$PGDATABASE";
alter database "$PGDATABASE" owner to "$PGUSER";
drop database before;
SQL
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Let reports read, back up, restore so that no error comes, and switch."""
    sandbox.own.sql("create role reporting")
    sandbox.sql("grant select on all tables in schema public to reporting")
    sandbox.run(BACK_UP)
    sandbox.run(RESTORE)
    yield
