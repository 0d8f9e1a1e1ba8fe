"""Migrations were squashed and the old files deleted, while a database had only applied some of them."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._supplier_field import add_to_supplier

FIELDS = {
    "website": 'models.URLField(blank=True, db_default="")',
    "shop": 'models.URLField(blank=True, db_default="")',
    "rating": "models.PositiveSmallIntegerField(default=0, db_default=0)",
    "language": 'models.CharField(max_length=5, blank=True, db_default="")',
    "fax": 'models.CharField(max_length=20, blank=True, db_default="")',
}


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Apply the first of three, squash all three, delete them at once, and go on with a fourth and a fifth."""
    for name in ("website", "shop", "rating"):
        add(sandbox, name)
    sandbox.run("python manage.py migrate suppliers 0016 && git tag v1")
    add(sandbox, "language")
    sandbox.run("python manage.py squashmigrations suppliers 0016 0018 --squashed-name links --no-input")
    sandbox.run("git add --all && git commit -qm 'Squash three migrations' && git tag v2")
    add(sandbox, "fax")
    sandbox.run("git rm -q suppliers/migrations/0016_website.py suppliers/migrations/001[78]*.py")
    sandbox.run("git commit -qm 'Delete the migrations that were squashed' && git tag v3")
    yield


def add(sandbox: Sandbox, name: str) -> None:
    """Add a field with its migration."""
    add_to_supplier(sandbox, f"    {name} = {FIELDS[name]}\n")
    sandbox.run(f"python manage.py makemigrations suppliers --name {name}")
    sandbox.run(f"git add --all && git commit -qm 'Add {name} to suppliers'")
