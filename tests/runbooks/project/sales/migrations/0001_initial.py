from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [("stock", "0001_initial")]

    operations = [
        migrations.CreateModel(
            "Sale",
            [
                ("id", models.BigAutoField("ID", auto_created=True, primary_key=True, serialize=False)),
                ("item", models.ForeignKey("stock.Item", models.CASCADE)),
            ],
        ),
    ]
