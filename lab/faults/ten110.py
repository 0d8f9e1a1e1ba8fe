"""Row level security is switched on by the role that owns the table, which it therefore does not bind."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

MIGRATION = '''\
from django.db import migrations

OWN = "tenant_id = nullif(current_setting('app.tenant', true), '')::uuid"


class Migration(migrations.Migration):
    """Lets each transaction see the suppliers of the tenant it works for."""

    dependencies = [("suppliers", "0015_tenant_name_index")]

    operations = [
        migrations.RunSQL(
            [
                "ALTER TABLE suppliers_supplier ENABLE ROW LEVEL SECURITY",
                f"CREATE POLICY own_tenant ON suppliers_supplier USING ({OWN})",
            ],
            [
                "DROP POLICY own_tenant ON suppliers_supplier",
                "ALTER TABLE suppliers_supplier DISABLE ROW LEVEL SECURITY",
            ],
        )
    ]
'''


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Write the migration as most articles show it, and apply it as the application's role."""
    sandbox.files.write("suppliers/migrations/0016_row_level_security.py", MIGRATION)
    sandbox.run("python manage.py migrate --verbosity 0 suppliers")
    yield
