"""A table was made by another role than the one that migrates."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._supplier_field import WEBSITE, add_to_supplier


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Let somebody restore one table as the superuser and grant everything on it, and release a column for it."""
    sandbox.own.sql("ALTER TABLE suppliers_supplier OWNER TO postgres")
    sandbox.own.sql("GRANT ALL ON suppliers_supplier TO depot")
    add_to_supplier(sandbox, WEBSITE)
    sandbox.run("python manage.py makemigrations suppliers --name supplier_website")
    sandbox.run("git add --all && git commit -qm 'Keep the website of a supplier'")
    yield
