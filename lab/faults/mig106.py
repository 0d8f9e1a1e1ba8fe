"""A field was changed in its model, and nobody made the migration."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Commit the edited model alone."""
    sandbox.files.edit(
        "products/models.py",
        "    name = models.CharField(max_length=120)\n",
        "    name = models.CharField(max_length=200)\n",
    )
    sandbox.run("git commit -qam 'Allow longer product names'")
    yield
