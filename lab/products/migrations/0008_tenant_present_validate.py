from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


# --8<-- [start:validate]
class Migration(migrations.Migration):
    """Reads the old rows while others go on reading and writing; in one transaction with 0007 it would not."""

    dependencies = [("products", "0007_tenant_present_not_valid")]

    operations = [ValidateConstraint("product", "product_tenant_present")]


# --8<-- [end:validate]
