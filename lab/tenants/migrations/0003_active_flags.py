from django.db import migrations, models


# --8<-- [start:db-default]
class Migration(migrations.Migration):
    """Adds NOT NULL columns that code of the previous release, which does not know them, can live with."""

    dependencies = [("tenants", "0002_membership_unique")]

    operations = [
        migrations.AddField("tenant", "is_active", models.BooleanField(default=True, db_default=True)),
        migrations.AddField("membership", "is_active", models.BooleanField(default=True, db_default=True)),
    ]


# --8<-- [end:db-default]
