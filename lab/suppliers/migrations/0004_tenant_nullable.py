from django.db import migrations, models


# --8<-- [start:add-nullable]
class Migration(migrations.Migration):
    """Step 1 of 3: code that knows no tenant can go on writing suppliers."""

    dependencies = [("suppliers", "0003_country_tax_notes"), ("tenants", "0001_initial")]

    operations = [
        migrations.AddField(
            "supplier",
            "tenant",
            models.ForeignKey(db_index=False, null=True, on_delete=models.PROTECT, to="tenants.tenant"),
        )
    ]


# --8<-- [end:add-nullable]
