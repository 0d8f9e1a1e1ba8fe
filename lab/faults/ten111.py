"""The tenant is named for the whole session of the database, which the next request takes over."""

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
    """Tells the database whose rows may be seen."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant', %s, false)", [str(tenant.pk) if tenant else ""])
'''
REPORT = '''\
from django.db.models import Count
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from .models import Supplier


class CountriesView(APIView):
    """Counts suppliers by country; row level security sees to it that they are one's own."""

    permission_classes = [IsAuthenticated]

    def get(self, request):
        return Response(Supplier.objects.order_by("country").values("country").annotate(suppliers=Count("pk")))
'''
MEMBER = "        request.tenant = membership and membership.tenant\n"
TOLD = "        work_for(request.tenant)\n"


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Protect the table, name the tenant for good, and add a report that leaves it all to the policies."""
    sandbox.files.write("tenants/row_security.py", WORK_FOR)
    sandbox.files.edit("tenants/permissions.py", MEMBER, MEMBER + TOLD)
    roles = "from .roles import MAY_DELETE, MAY_WRITE\n"
    sandbox.files.edit("tenants/permissions.py", roles, f"{roles}from .row_security import work_for\n")
    sandbox.files.write("suppliers/report.py", REPORT)
    first = "urlpatterns = [\n"
    sandbox.files.edit("depot/urls.py", first, f'{first}    path("api/v1/countries/", CountriesView.as_view()),\n')
    found = "from suppliers import api as suppliers\n"
    sandbox.files.edit("depot/urls.py", found, f"{found}from suppliers.report import CountriesView\n")
    sandbox.files.write("suppliers/migrations/0016_row_level_security.py", MIGRATION)
    sandbox.run("python manage.py migrate --verbosity 0 suppliers")
    yield
