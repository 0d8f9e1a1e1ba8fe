"""Two branches each add a migration after the same one, and git merges both without a conflict."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._branches import add_on_branches


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Add a field on each of two branches, and merge them."""
    add_on_branches(sandbox, "product_{field}")
    sandbox.run("git merge -q --no-edit barcode && git merge -q --no-edit pack_size")
    yield
