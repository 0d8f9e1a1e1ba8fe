from tenants.serializers import TenantSerializer
from tenants.viewsets import TenantAwareViewSet

from .models import OrderLine, PurchaseOrder


class OrderLineSerializer(TenantSerializer):
    class Meta:
        model = OrderLine
        fields = ["id", "order", "product", "position", "quantity", "unit_price"]


class PurchaseOrderSerializer(TenantSerializer):
    class Meta:
        model = PurchaseOrder
        fields = [
            "id", "tenant", "supplier", "number", "status", "ordered_on", "expected_on", "total", "note",
        ]  # fmt: skip
        read_only_fields = ["total"]


class PurchaseOrderViewSet(TenantAwareViewSet):
    queryset = PurchaseOrder.objects.all()
    serializer_class = PurchaseOrderSerializer


class OrderLineViewSet(TenantAwareViewSet):
    queryset = OrderLine.objects.all()
    serializer_class = OrderLineSerializer
