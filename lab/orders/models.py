from django.conf import settings
from django.db import models
from django.utils import timezone

from products.models import Product
from suppliers.models import Supplier
from tenants.owned import TenantOwned


class PurchaseOrder(TenantOwned):
    class Status(models.TextChoices):
        DRAFT = "draft"
        SENT = "sent"
        RECEIVED = "received"
        CANCELLED = "cancelled"

    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, db_index=False)
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="orders")
    number = models.CharField(max_length=30)
    status = models.CharField(max_length=20, choices=Status, default=Status.DRAFT)
    ordered_on = models.DateField()
    expected_on = models.DateField(null=True, blank=True)
    total = models.DecimalField(max_digits=12, decimal_places=2, default=0, db_default=0)
    note = models.TextField(null=True, blank=True)  # noqa: DJ001  NULL: nobody wrote one
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-ordered_on", "number"]
        constraints = [models.UniqueConstraint(fields=["tenant", "number"], name="order_tenant_number_unique")]
        indexes = [models.Index(fields=["tenant", "status", "ordered_on"], name="order_tenant_status_idx")]

    def __str__(self):
        return self.number


class OrderLine(TenantOwned):
    order = models.ForeignKey(PurchaseOrder, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.PROTECT, related_name="order_lines")
    position = models.PositiveSmallIntegerField()
    quantity = models.PositiveIntegerField()
    unit_price = models.DecimalField(max_digits=10, decimal_places=2)

    tenant_path = "order__tenant"

    class Meta:
        ordering = ["order", "position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="orderline_order_position_unique"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="orderline_quantity_positive"),
        ]

    def __str__(self):
        return f"{self.order} line {self.position}"


class OrderHistory(TenantOwned):
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT)
    order = models.ForeignKey(PurchaseOrder, models.CASCADE, related_name="history")
    status = models.CharField(max_length=20, choices=PurchaseOrder.Status)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["order", "changed_at"]
        verbose_name_plural = "order history"

    def __str__(self):
        return f"{self.order} {self.status}"
