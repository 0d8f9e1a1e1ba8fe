"""A foreign key is released for a column in which some values point at rows that were deleted."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._supplier_field import add_to_supplier

FIELD = '    carrier = models.ForeignKey({to}, models.{rule}, related_name="+", null=True, blank=True{more})\n'


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Keep a reference without a constraint for a while, delete what it points at, and then demand the constraint.

    The parent has a column of that name too, a reference to its own table: a query must say which of them it means.
    """
    add_to_supplier(sandbox, FIELD.format(to='"self"', rule="SET_NULL", more=""))
    number = "    number = models.CharField(max_length=30)\n"
    loose = FIELD.format(to="Supplier", rule="DO_NOTHING", more=", db_constraint=False")
    sandbox.files.edit("orders/models.py", number, loose + number)
    sandbox.run("python manage.py makemigrations suppliers --name supplier_carrier")
    sandbox.run("python manage.py makemigrations orders --name purchaseorder_carrier && python manage.py migrate")
    sandbox.run("git add --all && git commit -qm 'Name the carrier of an order'")
    use_carriers_and_delete_one(sandbox)
    sandbox.files.edit("orders/models.py", loose, FIELD.format(to="Supplier", rule="PROTECT", more=""))
    sandbox.run("python manage.py makemigrations orders --name carrier_constraint")
    sandbox.run("git add --all && git commit -qm 'Protect carriers that are in use'")
    yield


def use_carriers_and_delete_one(sandbox: Sandbox) -> None:
    sandbox.sql("""
        WITH carrier AS (
            INSERT INTO suppliers_supplier (tenant_id, code, name, email, phone, created_at)
            SELECT id, 'C-1', 'Falcon Freight', '', '', '2025-06-01' FROM tenants_tenant ORDER BY slug LIMIT 1
            RETURNING id, tenant_id
        )
        UPDATE orders_purchaseorder SET carrier_id = carrier.id FROM carrier
         WHERE orders_purchaseorder.tenant_id = carrier.tenant_id AND status = 'received'
    """)
    sandbox.sql("UPDATE orders_purchaseorder SET carrier_id = supplier_id WHERE status = 'sent'")
    sandbox.sql("DELETE FROM suppliers_supplier WHERE code = 'C-1'")
