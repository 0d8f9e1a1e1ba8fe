"""A migration got a better name on one branch, while on another one a migration was built on its old name."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._supplier_field import add_to_supplier

OLD, NEW = "0016_supplier_website_and_more", "0016_supplier_links"


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Make a migration, build on it on a branch, rename it meanwhile, and merge."""
    links = "".join(f'    {name} = models.URLField(blank=True, db_default="")\n' for name in ("website", "shop"))
    add_to_supplier(sandbox, links)
    sandbox.run("python manage.py makemigrations suppliers --name supplier_website_and_more")
    sandbox.run("git add --all && git commit -qm 'Suppliers have a website and a shop' && git switch -qc carrier")
    number = "    number = models.CharField(max_length=30)\n"
    carrier = '    carrier = models.ForeignKey(Supplier, models.PROTECT, related_name="+", null=True, blank=True)\n'
    sandbox.files.edit("orders/models.py", number, carrier + number)
    sandbox.run("python manage.py makemigrations orders --name purchaseorder_carrier")
    sandbox.run("git add --all && git commit -qm 'Name the carrier of an order' && git switch -q main")
    sandbox.run(f"git mv suppliers/migrations/{OLD}.py suppliers/migrations/{NEW}.py")
    sandbox.run("git commit -qm 'Give the migration a name that says what it does' && git merge -q --no-edit carrier")
    yield
