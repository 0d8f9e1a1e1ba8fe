from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_history")]

    operations = [
        migrations.AddField("purchaseorder", "expected_on", models.DateField(blank=True, null=True)),
        migrations.AddField(
            "purchaseorder",
            "total",
            models.DecimalField(db_default=0, decimal_places=2, default=0, max_digits=12),
        ),
    ]
