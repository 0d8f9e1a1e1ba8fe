"""A field that must have a value is added to a model, and nobody says which value the old rows get."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Add the field without a default, and leave the migration to the pipeline."""
    number = "    number = models.CharField(max_length=30)\n"
    sandbox.files.edit("orders/models.py", number, number + "    currency = models.CharField(max_length=3)\n")
    sandbox.run("git commit -qam 'Keep the currency of an order'")
    yield
