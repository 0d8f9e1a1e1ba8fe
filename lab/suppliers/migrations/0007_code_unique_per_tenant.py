from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0006_tenant_required")]

    operations = [
        migrations.AddConstraint(
            "supplier", models.UniqueConstraint(fields=["tenant", "code"], name="supplier_tenant_code_unique")
        )
    ]
