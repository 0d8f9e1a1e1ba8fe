from django.db import models
from django.utils import timezone

from suppliers.models import Supplier
from tenants.owned import TenantOwned


class Category(TenantOwned):
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, db_index=False)
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "categories"
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="category_tenant_name_unique")]

    def __str__(self):
        return self.name


class Product(TenantOwned):
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, db_index=False)
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="products")
    category = models.ForeignKey(Category, models.SET_NULL, null=True, blank=True, related_name="products")
    sku = models.CharField("SKU", max_length=30)
    name = models.CharField(max_length=120)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    weight_grams = models.PositiveIntegerField(null=True, blank=True)
    lead_time_days = models.PositiveSmallIntegerField(null=True, blank=True)
    description = models.TextField(null=True, blank=True)  # noqa: DJ001  NULL: nobody wrote one yet
    is_active = models.BooleanField(default=True, db_default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["sku"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "sku"], name="product_tenant_sku_unique"),
            models.CheckConstraint(condition=models.Q(price__gte=0), name="product_price_not_negative"),
        ]
        indexes = [models.Index(fields=["tenant", "name"], name="product_tenant_name_idx")]

    def __str__(self):
        return f"{self.sku} {self.name}"
