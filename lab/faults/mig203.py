"""A table was made by another role than the one that migrates."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._supplier_field import WEBSITE, add_to_supplier


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Let somebody restore one table as the superuser and grant everything on it, and release a column for it.

    Others own a table on purpose: one role that the lab's is no member of, and one that it is.
    """
    sandbox.own.sql("CREATE ROLE audit")
    sandbox.own.sql("CREATE ROLE keepers ROLE depot")
    for table, owner in (("audit_log", "audit"), ("price_archive", "keepers")):
        sandbox.own.sql(f"CREATE TABLE {table} (id bigint PRIMARY KEY)")
        sandbox.own.sql(f"ALTER TABLE {table} OWNER TO {owner}")
        sandbox.own.sql(f"GRANT SELECT ON {table} TO depot")
    sandbox.own.sql("ALTER TABLE suppliers_supplier OWNER TO postgres")
    sandbox.own.sql("GRANT ALL ON suppliers_supplier TO depot")
    add_to_supplier(sandbox, WEBSITE)
    sandbox.run("python manage.py makemigrations suppliers --name supplier_website")
    sandbox.run("git add --all && git commit -qm 'Keep the website of a supplier'")
    yield
