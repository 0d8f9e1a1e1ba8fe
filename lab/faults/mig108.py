"""A migration reads another app's table and does not say so; every database that was there already has that table."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

MIGRATION = '''\
from django.db import migrations

VIEW = """
CREATE VIEW orders_by_category AS
SELECT o.tenant_id, c.name AS category, sum(l.quantity * l.unit_price) AS total
  FROM orders_orderline l
  JOIN orders_purchaseorder o ON o.id = l.order_id
  JOIN products_product p ON p.id = l.product_id
  JOIN products_category c ON c.id = p.category_id
 GROUP BY o.tenant_id, c.name
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0014_quantity_positive_validate")]

    operations = [migrations.RunSQL(VIEW, "DROP VIEW orders_by_category")]
'''


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Release a view over tables of two apps, where all of them are."""
    sandbox.files.write("orders/migrations/0015_orders_by_category.py", MIGRATION)
    sandbox.run("python manage.py migrate")
    sandbox.run("git add --all && git commit -qm 'Sum orders by category'")
    yield
