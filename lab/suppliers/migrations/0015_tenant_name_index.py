from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("suppliers", "0014_payment_days_reasonable_validate")]

    operations = [
        AddIndexConcurrently("supplier", models.Index(fields=["tenant", "name"], name="supplier_tenant_name_idx"))
    ]
