from django.db import migrations


# --8<-- [start:contract-code]
class Migration(migrations.Migration):
    """Contract, first release: code forgets the column, the table keeps it for servers still on the old code.

    New code no longer names it in INSERT, hence the default.
    """

    dependencies = [("suppliers", "0010_payment_days_required")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField("supplier", "payment_terms")],
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE suppliers_supplier ALTER COLUMN payment_terms SET DEFAULT ''",
                    "ALTER TABLE suppliers_supplier ALTER COLUMN payment_terms DROP DEFAULT",
                )
            ],
        )
    ]


# --8<-- [end:contract-code]
