"""An applied migration was edited instead of a new one being made, so the deployed database never hears of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Make the name longer in the model and in the migration that once made the table."""
    sandbox.run("git tag v1")
    sandbox.files.edit(
        "products/models.py",
        "    name = models.CharField(max_length=120)\n",
        "    name = models.CharField(max_length=200)\n",
    )
    sandbox.files.edit(
        "products/migrations/0001_initial.py", "models.CharField(max_length=120)", "models.CharField(max_length=200)"
    )
    sandbox.run("git commit -qam 'Allow longer product names' && git tag v2")
    yield
