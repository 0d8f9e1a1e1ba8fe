from django.db import migrations, models


# --8<-- [start:expand]
class Migration(migrations.Migration):
    """Expand: the number stands beside the text it will replace; code starts to write both."""

    dependencies = [("suppliers", "0007_code_unique_per_tenant")]

    operations = [migrations.AddField("supplier", "payment_days", models.PositiveSmallIntegerField(null=True))]


# --8<-- [end:expand]
