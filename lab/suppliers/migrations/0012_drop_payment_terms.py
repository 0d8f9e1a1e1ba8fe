from django.db import migrations


# --8<-- [start:contract-database]
class Migration(migrations.Migration):
    """Contract, next release: no running code knows the column any more."""

    dependencies = [("suppliers", "0011_forget_payment_terms")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE suppliers_supplier DROP COLUMN payment_terms",
            "ALTER TABLE suppliers_supplier ADD COLUMN payment_terms varchar(40) NOT NULL DEFAULT ''",
        )
    ]


# --8<-- [end:contract-database]
