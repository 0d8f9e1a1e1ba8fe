from django.db import migrations
from django.db.models import OuterRef, Subquery


def take_tenant_of_supplier(apps, schema_editor):
    alias = schema_editor.connection.alias
    order, history, supplier = (
        apps.get_model(label).objects.using(alias)
        for label in ("orders.PurchaseOrder", "orders.OrderHistory", "suppliers.Supplier")
    )
    own_supplier = supplier.filter(pk=OuterRef("supplier_id"))
    order.filter(tenant=None).update(tenant_id=Subquery(own_supplier.values("tenant_id")))
    own_order = order.filter(pk=OuterRef("order_id"))
    history.filter(tenant=None).update(tenant_id=Subquery(own_order.values("tenant_id")))


class Migration(migrations.Migration):
    dependencies = [("orders", "0008_tenant_nullable"), ("suppliers", "0005_fill_tenant")]

    operations = [migrations.RunPython(take_tenant_of_supplier, migrations.RunPython.noop)]
