"""A view set is rewritten from the framework's tutorial: it reads one tenant's rows and creates rows of nobody."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._static_files import run_as_a_server_without_pages

FROM = "from tenants.viewsets import TenantAwareViewSet\n"
OWN = """\
class CategoryViewSet(TenantAwareViewSet):
    queryset = Category.objects.all()
    serializer_class = CategorySerializer
"""
TUTORIAL = """\
class CategoryViewSet(ModelViewSet):
    queryset = Category.objects.all()
    serializer_class = CategorySerializer

    def get_queryset(self):
        return super().get_queryset().for_tenant(self.request.tenant)
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Think of the tenant where rows are read, and forget it where they are made."""
    sandbox.files.edit("products/api.py", OWN, TUTORIAL)
    imported = "from rest_framework.viewsets import ModelViewSet\n\nfrom tenants.serializers"
    sandbox.files.edit("products/api.py", "from tenants.serializers", imported)
    sandbox.run("git add --all && git commit -qm 'Create categories by the API'")
    run_as_a_server_without_pages(sandbox)
    yield
