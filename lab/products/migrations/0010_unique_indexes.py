from django.db import migrations


# --8<-- [start:unique-index]
class Migration(migrations.Migration):
    """Builds the unique indexes while others write; 0011 makes them constraints.

    A build that fails leaves an invalid index behind: dropping it first lets a second run succeed.
    """

    atomic = False
    dependencies = [("products", "0009_tenant_required")]

    operations = [
        migrations.RunSQL(
            [
                "DROP INDEX CONCURRENTLY IF EXISTS product_tenant_sku_unique",
                "CREATE UNIQUE INDEX CONCURRENTLY product_tenant_sku_unique ON products_product (tenant_id, sku)",
            ],
            "DROP INDEX CONCURRENTLY product_tenant_sku_unique",
        ),
        migrations.RunSQL(
            [
                "DROP INDEX CONCURRENTLY IF EXISTS category_tenant_name_unique",
                "CREATE UNIQUE INDEX CONCURRENTLY category_tenant_name_unique ON products_category (tenant_id, name)",
            ],
            "DROP INDEX CONCURRENTLY category_tenant_name_unique",
        ),
    ]


# --8<-- [end:unique-index]
