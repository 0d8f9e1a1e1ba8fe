"""A text column is made shorter than the longest text in it."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Cut the length of a name to what fits on a label, and release it."""
    sandbox.files.edit(
        "products/models.py",
        "    name = models.CharField(max_length=120)\n",
        "    name = models.CharField(max_length=16)\n",
    )
    sandbox.run("python manage.py makemigrations products --name name_fits_on_a_label")
    sandbox.run("git add --all && git commit -qm 'Let names of products fit on a label'")
    yield
