from django.db import migrations
from django.db.models import F, OuterRef, Subquery, Sum


def add_up_the_lines(apps, schema_editor):
    alias = schema_editor.connection.alias
    lines = apps.get_model("orders", "OrderLine").objects.using(alias)
    own_lines = lines.filter(order=OuterRef("pk")).order_by().values("order")
    total = own_lines.annotate(total=Sum(F("quantity") * F("unit_price"))).values("total")
    orders = apps.get_model("orders", "PurchaseOrder").objects.using(alias)
    orders.filter(total=0, lines__isnull=False).update(total=Subquery(total))


class Migration(migrations.Migration):
    dependencies = [("orders", "0006_expected_on_and_total")]

    operations = [migrations.RunPython(add_up_the_lines, migrations.RunPython.noop)]
