from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0005_role_choices")]

    operations = [
        AddConstraintNotValid(
            "membership",
            models.CheckConstraint(
                condition=models.Q(role__in=["owner", "admin", "manager", "user", "readonly"]),
                name="membership_role_known",
            ),
        )
    ]
