"""A text column is made a number, and not every text in it is one."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Change the type of the field and release what makemigrations wrote."""
    sandbox.files.edit(
        "suppliers/models.py",
        "    tax_number = models.CharField(max_length=30, null=True, blank=True)  # noqa: DJ001  NULL: never asked\n",
        "    tax_number = models.BigIntegerField(null=True, blank=True)\n",
    )
    sandbox.run("python manage.py makemigrations suppliers --name tax_number_is_a_number")
    sandbox.run("git add --all && git commit -qm 'Keep tax numbers as numbers'")
    yield
