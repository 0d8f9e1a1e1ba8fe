from django.db import migrations, models


# --8<-- [start:set-not-null]
class Migration(migrations.Migration):
    """PostgreSQL sees the validated constraint and sets NOT NULL without reading the products again."""

    dependencies = [("products", "0008_tenant_present_validate")]

    operations = [
        *(
            migrations.AlterField(
                model,
                "tenant",
                models.ForeignKey(db_index=False, on_delete=models.PROTECT, to="tenants.tenant"),
            )
            for model in ("category", "product")
        ),
        migrations.RemoveConstraint("product", "product_tenant_present"),
    ]


# --8<-- [end:set-not-null]
