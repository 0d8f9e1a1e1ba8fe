import django.utils.timezone
from django.db import migrations, models

STATUS = [("draft", "Draft"), ("sent", "Sent"), ("received", "Received"), ("cancelled", "Cancelled")]


class Migration(migrations.Migration):
    initial = True
    dependencies = [("products", "0001_initial"), ("suppliers", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="PurchaseOrder",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("number", models.CharField(max_length=30)),
                ("status", models.CharField(choices=STATUS, default="draft", max_length=20)),
                ("ordered_on", models.DateField()),
                ("note", models.TextField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "supplier",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="orders", to="suppliers.supplier"),
                ),
            ],
            options={"ordering": ["-ordered_on", "number"]},
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("quantity", models.PositiveIntegerField()),
                ("unit_price", models.DecimalField(decimal_places=2, max_digits=10)),
                (
                    "order",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="lines", to="orders.purchaseorder"),
                ),
                (
                    "product",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="order_lines", to="products.product"),
                ),
            ],
        ),
    ]
