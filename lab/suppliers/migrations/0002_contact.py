from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Contact",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("name", models.CharField(max_length=120)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("phone", models.CharField(blank=True, max_length=40, null=True)),
                ("is_primary", models.BooleanField(default=False)),
                (
                    "supplier",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="contacts", to="suppliers.supplier"),
                ),
            ],
            options={"ordering": ["supplier", "name"]},
        )
    ]
