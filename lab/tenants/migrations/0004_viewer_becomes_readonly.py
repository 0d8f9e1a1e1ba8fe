from django.db import migrations


# --8<-- [start:reversible-data]
def viewer_becomes_readonly(apps, schema_editor):
    rename_role(apps, schema_editor, "viewer", "readonly")


def readonly_becomes_viewer(apps, schema_editor):
    rename_role(apps, schema_editor, "readonly", "viewer")


def rename_role(apps, schema_editor, old, new):
    memberships = apps.get_model("tenants", "Membership").objects.using(schema_editor.connection.alias)
    memberships.filter(role=old).update(role=new)


class Migration(migrations.Migration):
    dependencies = [("tenants", "0003_active_flags")]

    operations = [migrations.RunPython(viewer_becomes_readonly, readonly_becomes_viewer)]


# --8<-- [end:reversible-data]
