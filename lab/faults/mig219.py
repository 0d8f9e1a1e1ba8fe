"""A column became NOT NULL while the release before, which does not know it, is still at work."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Migrate with the new release, as a rolling deployment does first, and go on with the old one."""
    sandbox.run("git tag v1")
    country = "    country = models.CharField"
    rating = '    rating = models.CharField(max_length=1, default="C")\n'
    sandbox.files.edit("suppliers/models.py", country, rating + country)
    sandbox.run("python manage.py makemigrations suppliers --name supplier_rating && python manage.py migrate")
    sandbox.run("git add --all && git commit -qm 'Rate suppliers' && git tag v2 && git switch -q --detach v1")
    yield
