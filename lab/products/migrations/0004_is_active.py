from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("products", "0003_lead_time_and_description")]

    operations = [migrations.AddField("product", "is_active", models.BooleanField(default=True, db_default=True))]
