from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL), ("tenants", "0001_initial")]

    operations = [
        migrations.AddConstraint(
            "membership",
            models.UniqueConstraint(fields=["user", "tenant"], name="membership_user_tenant_unique"),
        )
    ]
