from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_fill_total"), ("tenants", "0001_initial")]

    operations = [
        migrations.AddField(
            "purchaseorder",
            "tenant",
            models.ForeignKey(db_index=False, null=True, on_delete=models.PROTECT, to="tenants.tenant"),
        ),
        migrations.AddField(
            "orderhistory",
            "tenant",
            models.ForeignKey(null=True, on_delete=models.PROTECT, to="tenants.tenant"),
        ),
    ]
