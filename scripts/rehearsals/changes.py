"""What a healthy release changes: each a few lines of the models, with the migration that belongs to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from proofbook.lab.sandbox import Sandbox

PHONE = "    phone = models.CharField(max_length=40, blank=True)\n"
SKU = '    sku = models.CharField("SKU", max_length=30)\n'
VISIT = '''

class Visit(TenantOwned):
    """A day on which somebody went to see a supplier."""

    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="visits")
    day = models.DateField()

    tenant_path = "supplier__tenant"
'''
INDEX = """\
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("products", "0014_tenant_name_index")]

    operations = [AddIndexConcurrently("product", models.Index(fields=["price"], name="product_price_idx"))]
"""
FILL = """\
from django.db import migrations


def fill(apps, schema_editor):
    products = apps.get_model("products", "Product").objects.using(schema_editor.connection.alias)
    products.filter(lead_time_days=None).update(lead_time_days=14)


class Migration(migrations.Migration):
    dependencies = [("products", "0014_tenant_name_index")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
"""


@dataclass(frozen=True, slots=True)
class Change:
    """What is changed, as a table of rehearsals says it, and how."""

    says: str
    make: Callable[[Sandbox], None]


def code(sandbox: Sandbox) -> None:
    sandbox.files.edit("depot/health.py", '"""Tells a probe', '"""Tells any probe')


def column(sandbox: Sandbox) -> None:
    website = '    website = models.URLField(blank=True, db_default="")\n'
    sandbox.files.edit("suppliers/models.py", PHONE, PHONE + website)
    sandbox.run("python manage.py makemigrations suppliers --name website --verbosity 0")


def table(sandbox: Sandbox) -> None:
    sandbox.files.write("suppliers/models.py", sandbox.files.read("suppliers/models.py") + VISIT)
    sandbox.run("python manage.py makemigrations suppliers --name visit --verbosity 0")


def index(sandbox: Sandbox) -> None:
    named = 'models.Index(fields=["tenant", "name"], name="product_tenant_name_idx")'
    price = 'models.Index(fields=["price"], name="product_price_idx")'
    sandbox.files.edit("products/models.py", named, f"{named}, {price}")
    sandbox.files.write("products/migrations/0015_price_index.py", INDEX)


def rows(sandbox: Sandbox) -> None:
    sandbox.files.write("products/migrations/0015_lead_times.py", FILL)


def two_apps(sandbox: Sandbox) -> None:
    column(sandbox)
    barcode = '    barcode = models.CharField(max_length=14, blank=True, default="", db_default="")\n'
    sandbox.files.edit("products/models.py", SKU, SKU + barcode)
    sandbox.run("python manage.py makemigrations products --name barcode --verbosity 0")


def longer(sandbox: Sandbox) -> None:
    sandbox.files.edit("products/models.py", SKU, SKU.replace("30", "60"))
    sandbox.run("python manage.py makemigrations products --name longer_sku --verbosity 0")


CHANGES: Mapping[str, Change] = {
    "code": Change("code only, no migration", code),
    "column": Change("a column", column),
    "table": Change("a table", table),
    "index": Change("an index, built concurrently", index),
    "rows": Change("values of rows", rows),
    "two apps": Change("columns in two apps", two_apps),
    "longer": Change("a longer text column", longer),
}
