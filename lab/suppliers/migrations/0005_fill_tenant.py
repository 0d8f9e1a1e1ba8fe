from django.db import migrations


# --8<-- [start:fill]
def give_to_first_tenant(apps, schema_editor):
    """Until now there was one depot: all its suppliers belong to the tenant it becomes."""
    alias = schema_editor.connection.alias
    homeless = apps.get_model("suppliers", "Supplier").objects.using(alias).filter(tenant=None)
    if homeless.exists():
        homeless.update(tenant=first_tenant(apps, alias))


def first_tenant(apps, alias):
    tenants = apps.get_model("tenants", "Tenant").objects.using(alias)
    return tenants.order_by("created_at").first() or tenants.create(name="First depot", slug="first")


class Migration(migrations.Migration):
    """Step 2 of 3. Going back needs no code: the column leaves with step 1."""

    dependencies = [("suppliers", "0004_tenant_nullable")]

    operations = [migrations.RunPython(give_to_first_tenant, migrations.RunPython.noop)]


# --8<-- [end:fill]
