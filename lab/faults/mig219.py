"""A column became NOT NULL while the release before, which does not know it, is still at work."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._supplier_field import add_to_supplier


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Migrate with the new release, as a rolling deployment does first, and go on with the old one."""
    sandbox.run("git tag v1")
    rating = '    rating = models.CharField(max_length=1, default="C")\n'
    add_to_supplier(sandbox, rating)
    sandbox.run("python manage.py makemigrations suppliers --name supplier_rating && python manage.py migrate")
    sandbox.run("git add --all && git commit -qm 'Rate suppliers' && git tag v2 && git switch -q --detach v1")
    yield
