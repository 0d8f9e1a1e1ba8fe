from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sales", "0001_initial")]

    operations = [
        migrations.AddField("sale", "quantity", models.IntegerField(default=1)),
    ]
