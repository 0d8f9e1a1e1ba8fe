from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0013_quantity_positive_not_valid")]

    operations = [ValidateConstraint("orderline", "orderline_quantity_positive")]
