from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_number_the_lines")]

    operations = [
        migrations.AlterField("orderline", "position", models.PositiveSmallIntegerField()),
        migrations.AddConstraint(
            "orderline",
            models.UniqueConstraint(fields=["order", "position"], name="orderline_order_position_unique"),
        ),
        migrations.AlterModelOptions("orderline", {"ordering": ["order", "position"]}),
    ]
