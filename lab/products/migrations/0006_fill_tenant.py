from django.db import migrations
from django.db.models import OuterRef, Subquery


# --8<-- [start:fill-in-one-statement]
def take_tenant_of_supplier(apps, schema_editor):
    alias = schema_editor.connection.alias
    product, category, supplier = (
        apps.get_model(label).objects.using(alias)
        for label in ("products.Product", "products.Category", "suppliers.Supplier")
    )
    own_supplier = supplier.filter(pk=OuterRef("supplier_id"))
    product.filter(tenant=None).update(tenant_id=Subquery(own_supplier.values("tenant_id")))
    own_products = product.filter(category_id=OuterRef("pk")).order_by("pk")
    category.filter(tenant=None).update(tenant_id=Subquery(own_products.values("tenant_id")[:1]))
    category.filter(tenant=None).delete()


class Migration(migrations.Migration):
    """Fills from the supplier, so the supplier's tenant must be there first: hence the second dependency."""

    dependencies = [("products", "0005_tenant_nullable"), ("suppliers", "0005_fill_tenant")]

    operations = [migrations.RunPython(take_tenant_of_supplier, migrations.RunPython.noop)]


# --8<-- [end:fill-in-one-statement]
