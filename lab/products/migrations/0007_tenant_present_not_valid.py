from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


# --8<-- [start:not-valid]
class Migration(migrations.Migration):
    """New rows are checked from now on; the old ones are not read, so the lock is over at once."""

    dependencies = [("products", "0006_fill_tenant")]

    operations = [
        AddConstraintNotValid(
            "product",
            models.CheckConstraint(condition=models.Q(tenant__isnull=False), name="product_tenant_present"),
        )
    ]


# --8<-- [end:not-valid]
