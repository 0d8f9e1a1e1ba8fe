from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("products", "0012_price_not_negative_not_valid")]

    operations = [ValidateConstraint("product", "product_price_not_negative")]
