"""A release went out, and nobody ran migrate."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Deploy the model with its migration, and leave the database as it was."""
    sandbox.run("git tag v1")
    country = "    country = models.CharField"
    website = '    website = models.URLField(blank=True, db_default="")\n'
    sandbox.files.edit("suppliers/models.py", country, website + country)
    sandbox.run("python manage.py makemigrations suppliers --name website")
    sandbox.run("git add --all && git commit -qm 'Suppliers have a website' && git tag v2")
    yield
