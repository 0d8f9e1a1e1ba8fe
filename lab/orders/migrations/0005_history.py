import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

STATUS = [("draft", "Draft"), ("sent", "Sent"), ("received", "Received"), ("cancelled", "Cancelled")]


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("orders", "0004_position_required"),
    ]

    operations = [
        migrations.CreateModel(
            name="OrderHistory",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("status", models.CharField(choices=STATUS, max_length=20)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "changed_by",
                    models.ForeignKey(blank=True, null=True, on_delete=models.SET_NULL, to=settings.AUTH_USER_MODEL),
                ),
                (
                    "order",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="history", to="orders.purchaseorder"),
                ),
            ],
            options={"ordering": ["order", "changed_at"], "verbose_name_plural": "order history"},
        )
    ]
