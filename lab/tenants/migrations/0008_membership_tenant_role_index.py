from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tenants", "0007_role_known_validate")]

    operations = [
        AddIndexConcurrently("membership", models.Index(fields=["tenant", "role"], name="membership_tenant_role_idx"))
    ]
