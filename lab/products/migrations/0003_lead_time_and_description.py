from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("products", "0002_category")]

    operations = [
        migrations.AddField("product", "lead_time_days", models.PositiveSmallIntegerField(blank=True, null=True)),
        migrations.AddField("product", "description", models.TextField(blank=True, null=True)),
    ]
