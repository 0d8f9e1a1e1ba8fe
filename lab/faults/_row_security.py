"""Row level security on a table, and requests of the API that tell the database for whom they work."""

from typing import NamedTuple

from proofbook.lab.sandbox import Sandbox


class Protected(NamedTuple):
    """A table, the migration that protects it, and the one before that."""

    app: str
    table: str
    last: str
    name: str


SUPPLIERS = Protected("suppliers", "suppliers_supplier", "0015_tenant_name_index", "0016_row_level_security")
CATEGORIES = Protected("products", "products_category", "0014_tenant_name_index", "0015_row_level_security")
# a setting that is not there counts as no tenant
OWN = "tenant_id = nullif(current_setting('app.tenant', true), '')::uuid"
SET_LOCAL = "SELECT set_config('app.tenant', %s, true)"
MIGRATION = '''\
from django.db import migrations

OWN = "{own}"


class Migration(migrations.Migration):
    """Lets each transaction see the rows of the tenant it works for{whom}."""

    dependencies = [("{app}", "{last}")]

    operations = [
        migrations.RunSQL(
            [
                "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
{force}                f"CREATE POLICY own_tenant ON {table} USING ({{OWN}}){check}",
            ],
            [
                "DROP POLICY own_tenant ON {table}",
{unforce}                "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
            ],
        )
    ]
'''
FORCE = '                "ALTER TABLE {} {}FORCE ROW LEVEL SECURITY",\n'
WORK_FOR = '''\
from django.db import connection


def work_for(tenant):
    """Tells the database whose rows may be seen{until}."""
    with connection.cursor() as cursor:
        cursor.execute("{statement}", [str(tenant.pk) if tenant else ""])
'''


def protect(
    sandbox: Sandbox, *, own: str = OWN, binds_owner: bool = True, checks: bool = False, what: Protected = SUPPLIERS
) -> None:
    """Write the migration that sets the policy, and apply it as the application's role, which owns the table."""
    migration = MIGRATION.format(
        app=what.app,
        last=what.last,
        table=what.table,
        own=own,
        check=" WITH CHECK ({OWN})" if checks else "",
        whom=", whoever owns the table" if binds_owner else "",
        force=FORCE.format(what.table, "") if binds_owner else "",
        unforce=FORCE.format(what.table, "NO ") if binds_owner else "",
    )
    sandbox.files.write(f"{what.app}/migrations/{what.name}.py", migration)
    sandbox.run(f"python manage.py migrate --verbosity 0 {what.app}")


def name_tenant(sandbox: Sandbox, statement: str = SET_LOCAL, until: str = " until the transaction ends") -> None:
    """Have each request of the API name its tenant to the database."""
    sandbox.files.write("tenants/row_security.py", WORK_FOR.format(statement=statement, until=until))
    member = "        request.tenant = membership and membership.tenant\n"
    sandbox.files.edit("tenants/permissions.py", member, f"{member}        work_for(request.tenant)\n")
    roles = "from .roles import MAY_DELETE, MAY_WRITE\n"
    sandbox.files.edit("tenants/permissions.py", roles, f"{roles}from .row_security import work_for\n")


def one_transaction_a_request(sandbox: Sandbox) -> None:
    """Set ATOMIC_REQUESTS."""
    age = '        "CONN_MAX_AGE": 60,\n'
    sandbox.files.edit("depot/database_url.py", age, f'{age}        "ATOMIC_REQUESTS": True,\n')
