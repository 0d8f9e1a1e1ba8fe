from django.db import migrations, models


# --8<-- [start:require]
class Migration(migrations.Migration):
    """Step 3 of 3: in a transaction of its own, because rows written here would block the ALTER."""

    dependencies = [("suppliers", "0005_fill_tenant")]

    operations = [
        migrations.AlterField(
            "supplier",
            "tenant",
            models.ForeignKey(db_index=False, on_delete=models.PROTECT, to="tenants.tenant"),
        )
    ]


# --8<-- [end:require]
