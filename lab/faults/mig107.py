"""A release went out, and nobody ran migrate."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._supplier_field import add_to_supplier


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Deploy the model with its migration, and leave the database as it was."""
    sandbox.run("git tag v1")
    website = '    website = models.URLField(blank=True, db_default="")\n'
    add_to_supplier(sandbox, website)
    sandbox.run("python manage.py makemigrations suppliers --name website")
    sandbox.run("git add --all && git commit -qm 'Suppliers have a website' && git tag v2")
    yield
