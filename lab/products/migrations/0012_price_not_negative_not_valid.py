from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("products", "0011_unique_per_tenant")]

    operations = [
        AddConstraintNotValid(
            "product",
            models.CheckConstraint(condition=models.Q(price__gte=0), name="product_price_not_negative"),
        )
    ]
