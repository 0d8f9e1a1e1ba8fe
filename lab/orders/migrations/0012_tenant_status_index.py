from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


# --8<-- [start:concurrent-index]
class Migration(migrations.Migration):
    """Builds the index while orders are being written, which PostgreSQL refuses inside a transaction."""

    atomic = False
    dependencies = [("orders", "0011_number_unique_per_tenant")]

    operations = [
        AddIndexConcurrently(
            "purchaseorder",
            models.Index(fields=["tenant", "status", "ordered_on"], name="order_tenant_status_idx"),
        )
    ]


# --8<-- [end:concurrent-index]
