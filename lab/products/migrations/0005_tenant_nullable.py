from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("products", "0004_is_active"), ("tenants", "0001_initial")]

    operations = [
        migrations.AddField(
            model,
            "tenant",
            models.ForeignKey(db_index=False, null=True, on_delete=models.PROTECT, to="tenants.tenant"),
        )
        for model in ("category", "product")
    ]
