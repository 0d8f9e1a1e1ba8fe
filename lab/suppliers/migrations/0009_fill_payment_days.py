import re

from django.db import migrations

BATCH = 500


# --8<-- [start:migrate]
def days_from_terms(apps, schema_editor):
    for supplier in unfilled(apps, schema_editor, payment_days=None):
        number = re.search(r"\d+", supplier.payment_terms)
        supplier.payment_days = int(number[0]) if number else 30
        supplier.save(update_fields=["payment_days"])


def terms_from_days(apps, schema_editor):
    for supplier in unfilled(apps, schema_editor, payment_terms=""):
        supplier.payment_terms = f"{supplier.payment_days} days"
        supplier.save(update_fields=["payment_terms"])


def unfilled(apps, schema_editor, **condition):
    suppliers = apps.get_model("suppliers", "Supplier").objects.using(schema_editor.connection.alias)
    return suppliers.filter(**condition).order_by("pk").iterator(chunk_size=BATCH)


class Migration(migrations.Migration):
    """Migrate: each row commits by itself, so nobody waits for the whole table and a second run goes on."""

    atomic = False
    dependencies = [("suppliers", "0008_add_payment_days")]

    operations = [migrations.RunPython(days_from_terms, terms_from_days)]


# --8<-- [end:migrate]
