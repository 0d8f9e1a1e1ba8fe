"""Two branches made a migration of the same name, and the conflict was committed as git had left it."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Add a field on each of two branches, merge them, and commit what the merge left."""
    add_on_a_branch(
        sandbox,
        "barcode",
        "    price = models.DecimalField",
        '    barcode = models.CharField(max_length=14, blank=True, default="", db_default="")\n',
    )
    add_on_a_branch(
        sandbox,
        "pack_size",
        "    is_active = models.BooleanField",
        "    pack_size = models.PositiveSmallIntegerField(default=1, db_default=1)\n",
    )
    sandbox.run("git merge -q --no-edit barcode")
    sandbox.run("git merge --no-edit pack_size", check=False)
    sandbox.run("git add --all && git commit -qm 'Merge pack_size'")
    yield


def add_on_a_branch(sandbox: Sandbox, name: str, before: str, line: str) -> None:
    """Add one line to the model on a branch of its own, with its migration."""
    sandbox.run(f"git switch -qc {name} main")
    sandbox.files.edit("products/models.py", before, line + before)
    sandbox.run("python manage.py makemigrations products --name product_fields")
    sandbox.run(f"git add --all && git commit -qm 'Add {name} to products' && git switch -q main")
