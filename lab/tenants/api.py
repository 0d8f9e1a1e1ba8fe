from rest_framework.viewsets import ReadOnlyModelViewSet

from .models import Tenant
from .scope import tenants_of
from .serializers import OwnTenantSerializer


class TenantViewSet(ReadOnlyModelViewSet):
    """The tenants a client may name in X-Tenant-ID."""

    queryset = Tenant.objects.all()
    serializer_class = OwnTenantSerializer

    def get_queryset(self):
        return tenants_of(self.request.user)
