"""Two branches made a migration of the same name, and the conflict was committed as git had left it."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._branches import add_on_branches


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Add a field on each of two branches, merge them, and commit what the merge left."""
    add_on_branches(sandbox, "product_fields")
    sandbox.run("git merge -q --no-edit barcode")
    sandbox.run("git merge --no-edit pack_size", check=False)
    sandbox.run("git add --all && git commit -qm 'Merge pack_size'")
    yield
