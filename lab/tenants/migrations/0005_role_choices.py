from django.db import migrations, models


class Migration(migrations.Migration):
    """Choices live in Python only: this changes no table."""

    dependencies = [("tenants", "0004_viewer_becomes_readonly")]

    operations = [
        migrations.AlterField(
            "membership",
            "role",
            models.CharField(
                choices=[
                    ("owner", "Owner"),
                    ("admin", "Admin"),
                    ("manager", "Manager"),
                    ("user", "User"),
                    ("readonly", "Readonly"),
                ],
                default="user",
                max_length=20,
            ),
        )
    ]
