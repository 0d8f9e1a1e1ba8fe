from rest_framework.viewsets import ModelViewSet


# --8<-- [start:tenant-aware-viewset]
class TenantAwareViewSet(ModelViewSet):
    """Reads, creates and changes rows of the request's tenant only.

    `IsTenantMember` has set `request.tenant` before any of this runs;
    the serializer must be a `TenantSerializer`, which limits related rows in the same way.
    """

    def get_queryset(self):
        return super().get_queryset().for_tenant(self.request.tenant)

    def perform_create(self, serializer):
        serializer.save(**serializer.ownership())


# --8<-- [end:tenant-aware-viewset]
