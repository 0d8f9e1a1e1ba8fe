"""A data migration asks for a row that an empty database does not have."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

MIGRATION = """\
from django.db import migrations


def give_orders_without_lines_to_north(apps, schema_editor):
    alias = schema_editor.connection.alias
    north = apps.get_model("tenants", "Tenant").objects.using(alias).get(slug="north")
    apps.get_model("orders", "PurchaseOrder").objects.using(alias).filter(lines=None).update(tenant=north)


class Migration(migrations.Migration):
    dependencies = [("orders", "0014_quantity_positive_validate"), ("tenants", "0001_initial")]

    operations = [migrations.RunPython(give_orders_without_lines_to_north, migrations.RunPython.noop)]
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Apply it where there are rows, and release it; nobody has tried it on an empty database."""
    sandbox.files.write("orders/migrations/0015_orders_without_lines.py", MIGRATION)
    sandbox.run("python manage.py migrate")
    sandbox.run("git add --all && git commit -qm 'Give orders without lines to a tenant'")
    yield
