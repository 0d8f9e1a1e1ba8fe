from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0013_payment_days_reasonable_not_valid")]

    operations = [ValidateConstraint("supplier", "supplier_payment_days_reasonable")]
