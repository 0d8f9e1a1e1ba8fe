"""An applied migration was generated again and now stands on one that is not applied."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._supplier_field import WEBSITE, add_to_supplier


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Do what a team did: apply, add elsewhere, and generate the applied file once more."""
    release_an_order_carrier(sandbox)
    add_a_supplier_website(sandbox)
    generate_the_applied_migration_again(sandbox)
    yield


def release_an_order_carrier(sandbox: Sandbox) -> None:
    number = "    number = models.CharField(max_length=30)\n"
    carrier = '    carrier = models.ForeignKey(Supplier, models.PROTECT, related_name="+", null=True, blank=True)\n'
    sandbox.files.edit("orders/models.py", number, carrier + number)
    sandbox.run("python manage.py makemigrations orders --name purchaseorder_carrier")
    sandbox.run("python manage.py migrate")
    sandbox.run("git add --all && git commit -qm 'Name the carrier of an order' && git tag v1")


def add_a_supplier_website(sandbox: Sandbox) -> None:
    add_to_supplier(sandbox, WEBSITE)
    sandbox.run("python manage.py makemigrations suppliers --name supplier_website")


def generate_the_applied_migration_again(sandbox: Sandbox) -> None:
    sandbox.files.remove("orders/migrations/0015_purchaseorder_carrier.py")
    sandbox.run("python manage.py makemigrations orders --name purchaseorder_carrier")
    sandbox.run("git add --all && git commit -qm 'Add the website of a supplier, tidy migrations'")
