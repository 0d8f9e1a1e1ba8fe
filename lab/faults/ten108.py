"""Policies hold for everybody, requests name their tenant, and a command was forgotten."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

MIGRATION = '''\
from django.db import migrations

OWN = "tenant_id = nullif(current_setting('app.tenant', true), '')::uuid"


class Migration(migrations.Migration):
    """Lets each transaction see the suppliers of the tenant it works for, whoever owns the table."""

    dependencies = [("suppliers", "0015_tenant_name_index")]

    operations = [
        migrations.RunSQL(
            [
                "ALTER TABLE suppliers_supplier ENABLE ROW LEVEL SECURITY",
                "ALTER TABLE suppliers_supplier FORCE ROW LEVEL SECURITY",
                f"CREATE POLICY own_tenant ON suppliers_supplier USING ({OWN})",
            ],
            [
                "DROP POLICY own_tenant ON suppliers_supplier",
                "ALTER TABLE suppliers_supplier NO FORCE ROW LEVEL SECURITY",
                "ALTER TABLE suppliers_supplier DISABLE ROW LEVEL SECURITY",
            ],
        )
    ]
'''
WORK_FOR = '''\
from django.db import connection


def work_for(tenant):
    """Tells the database whose rows may be seen until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant.pk) if tenant else ""])
'''
MEMBER = "        request.tenant = membership and membership.tenant\n"
TOLD = "        work_for(request.tenant)\n"


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Protect the table and let requests of the API say for whom they work; nothing else does."""
    sandbox.files.write("tenants/row_security.py", WORK_FOR)
    sandbox.files.edit("tenants/permissions.py", MEMBER, MEMBER + TOLD)
    roles = "from .roles import MAY_DELETE, MAY_WRITE\n"
    sandbox.files.edit("tenants/permissions.py", roles, f"{roles}from .row_security import work_for\n")
    age = '        "CONN_MAX_AGE": 60,\n'
    sandbox.files.edit("depot/database_url.py", age, f'{age}        "ATOMIC_REQUESTS": True,\n')
    sandbox.files.write("suppliers/migrations/0016_row_level_security.py", MIGRATION)
    sandbox.run("python manage.py migrate --verbosity 0 suppliers")
    yield
