from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0010_tenant_required")]

    operations = [
        migrations.AddConstraint(
            "purchaseorder",
            models.UniqueConstraint(fields=["tenant", "number"], name="order_tenant_number_unique"),
        )
    ]
