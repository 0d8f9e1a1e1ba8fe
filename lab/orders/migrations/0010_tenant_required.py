from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0009_fill_tenant")]

    operations = [
        migrations.AlterField(
            "purchaseorder",
            "tenant",
            models.ForeignKey(db_index=False, on_delete=models.PROTECT, to="tenants.tenant"),
        ),
        migrations.AlterField(
            "orderhistory", "tenant", models.ForeignKey(on_delete=models.PROTECT, to="tenants.tenant")
        ),
    ]
