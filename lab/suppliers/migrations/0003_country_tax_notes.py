from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0002_contact")]

    operations = [
        migrations.AddField(
            "supplier", "country", models.CharField(blank=True, db_default="", default="", max_length=2)
        ),
        migrations.AddField("supplier", "tax_number", models.CharField(blank=True, max_length=30, null=True)),
        migrations.AddField("supplier", "notes", models.TextField(blank=True, null=True)),
        migrations.AddField("supplier", "is_active", models.BooleanField(default=True, db_default=True)),
    ]
