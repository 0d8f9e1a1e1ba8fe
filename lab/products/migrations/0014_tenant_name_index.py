from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("products", "0013_price_not_negative_validate")]

    operations = [
        AddIndexConcurrently("product", models.Index(fields=["tenant", "name"], name="product_tenant_name_idx"))
    ]
