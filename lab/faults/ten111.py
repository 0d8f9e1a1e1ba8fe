"""The tenant is named for the whole session of the database, which the next request takes over."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._row_security import name_tenant, protect
from ._static_files import run_as_a_server_without_pages

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


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Protect the table, name the tenant for good, and add a report that leaves it all to the policies."""
    name_tenant(sandbox, "SELECT set_config('app.tenant', %s, false)", until="")
    sandbox.files.write("suppliers/report.py", REPORT)
    first = "urlpatterns = [\n"
    sandbox.files.edit("depot/urls.py", first, f'{first}    path("api/v1/countries/", CountriesView.as_view()),\n')
    found = "from suppliers import api as suppliers\n"
    sandbox.files.edit("depot/urls.py", found, f"{found}from suppliers.report import CountriesView\n")
    protect(sandbox)
    run_as_a_server_without_pages(sandbox)
    yield
