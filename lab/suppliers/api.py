from tenants.serializers import TenantSerializer
from tenants.viewsets import TenantAwareViewSet

from .models import Contact, Supplier


class SupplierSerializer(TenantSerializer):
    class Meta:
        model = Supplier
        fields = [
            "id", "tenant", "code", "name", "email", "phone", "country",
            "payment_days", "tax_number", "notes", "is_active",
        ]  # fmt: skip


class ContactSerializer(TenantSerializer):
    class Meta:
        model = Contact
        fields = ["id", "supplier", "name", "email", "phone", "is_primary"]


class SupplierViewSet(TenantAwareViewSet):
    queryset = Supplier.objects.all()
    serializer_class = SupplierSerializer


class ContactViewSet(TenantAwareViewSet):
    queryset = Contact.objects.all()
    serializer_class = ContactSerializer
