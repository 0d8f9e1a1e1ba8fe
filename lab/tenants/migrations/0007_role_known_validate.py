from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tenants", "0006_role_known_not_valid")]

    operations = [ValidateConstraint("membership", "membership_role_known")]
