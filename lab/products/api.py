from tenants.serializers import TenantSerializer
from tenants.viewsets import TenantAwareViewSet

from .models import Category, Product


class CategorySerializer(TenantSerializer):
    class Meta:
        model = Category
        fields = ["id", "tenant", "name"]


class ProductSerializer(TenantSerializer):
    class Meta:
        model = Product
        fields = [
            "id", "tenant", "supplier", "category", "sku", "name", "price",
            "weight_grams", "lead_time_days", "description", "is_active",
        ]  # fmt: skip


class CategoryViewSet(TenantAwareViewSet):
    queryset = Category.objects.all()
    serializer_class = CategorySerializer


class ProductViewSet(TenantAwareViewSet):
    queryset = Product.objects.all()
    serializer_class = ProductSerializer
