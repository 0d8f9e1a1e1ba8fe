from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0012_tenant_status_index")]

    operations = [
        AddConstraintNotValid(
            "orderline",
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="orderline_quantity_positive"),
        )
    ]
