from django.db import migrations

NUMBER_THE_LINES = """
    UPDATE orders_orderline AS line
    SET position = numbered.position
    FROM (
        SELECT id, row_number() OVER (PARTITION BY order_id ORDER BY id) AS position FROM orders_orderline
    ) AS numbered
    WHERE numbered.id = line.id AND line.position IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_line_position")]

    operations = [migrations.RunSQL(NUMBER_THE_LINES, migrations.RunSQL.noop)]
