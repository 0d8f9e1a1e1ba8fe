"""A model gets a manager of its own, which lacks the method that all others have."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._static_files import run_as_a_server_without_pages

MANAGER = """\
class CategoryManager(models.Manager):
    def in_use(self):
        return self.filter(products__isnull=False).distinct()


class Category(TenantOwned):
"""
LAST = "    name = models.CharField(max_length=80)\n"


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Add a query that many places need, and with it a manager that begins from Django's own."""
    sandbox.files.edit("products/models.py", "class Category(TenantOwned):\n", MANAGER)
    sandbox.files.edit("products/models.py", LAST, f"{LAST}\n    objects = CategoryManager()\n")
    sandbox.run("git add --all && git commit -qm 'Ask for the categories that are in use'")
    run_as_a_server_without_pages(sandbox)
    yield
