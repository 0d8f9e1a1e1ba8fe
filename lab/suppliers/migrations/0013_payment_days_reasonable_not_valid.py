from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0012_drop_payment_terms")]

    operations = [
        AddConstraintNotValid(
            "supplier",
            models.CheckConstraint(condition=models.Q(payment_days__lte=180), name="supplier_payment_days_reasonable"),
        )
    ]
