from django.db import migrations, models


# --8<-- [start:using-index]
def constraint_from_index(model, table, name, fields, columns):
    """Makes the index of that name a constraint; only the SQL differs from AddConstraint, not the outcome."""
    return migrations.SeparateDatabaseAndState(
        state_operations=[migrations.AddConstraint(model, models.UniqueConstraint(fields=fields, name=name))],
        database_operations=[
            migrations.RunSQL(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}",
                [
                    f"ALTER TABLE {table} DROP CONSTRAINT {name}",
                    f"CREATE UNIQUE INDEX {name} ON {table} ({columns})",
                ],
            )
        ],
    )


class Migration(migrations.Migration):
    dependencies = [("products", "0010_unique_indexes")]

    operations = [
        constraint_from_index(
            "product", "products_product", "product_tenant_sku_unique", ["tenant", "sku"], "tenant_id, sku"
        ),
        constraint_from_index(
            "category",
            "products_category",
            "category_tenant_name_unique",
            ["tenant", "name"],
            "tenant_id, name",
        ),
    ]


# --8<-- [end:using-index]
