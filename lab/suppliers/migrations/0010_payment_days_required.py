from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0009_fill_payment_days")]

    operations = [
        migrations.AlterField("supplier", "payment_days", models.PositiveSmallIntegerField(db_default=30, default=30))
    ]
