from django.db import migrations


class Migration(migrations.Migration):
    """Stands on the one before and changes nothing: a descendant to be left alone."""

    dependencies = [("sales", "0002_quantity")]
    operations = []
