from django.db import models
from django.utils import timezone

from tenants.owned import TenantOwned


class Supplier(TenantOwned):
    # The unique constraint below starts with the tenant, so the key needs no index of its own.
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, db_index=False)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    country = models.CharField(max_length=2, blank=True, default="", db_default="")
    payment_days = models.PositiveSmallIntegerField(default=30, db_default=30)
    tax_number = models.CharField(max_length=30, null=True, blank=True)  # noqa: DJ001  NULL: never asked
    notes = models.TextField(null=True, blank=True)  # noqa: DJ001  NULL: never asked
    is_active = models.BooleanField(default=True, db_default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="supplier_tenant_code_unique"),
            models.CheckConstraint(condition=models.Q(payment_days__lte=180), name="supplier_payment_days_reasonable"),
        ]
        indexes = [models.Index(fields=["tenant", "name"], name="supplier_tenant_name_idx")]

    def __str__(self):
        return self.name


class Contact(TenantOwned):
    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, null=True, blank=True)  # noqa: DJ001  NULL: never asked
    is_primary = models.BooleanField(default=False)

    tenant_path = "supplier__tenant"

    class Meta:
        ordering = ["supplier", "name"]

    def __str__(self):
        return self.name
