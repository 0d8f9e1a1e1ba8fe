"""Keeps, for every purchase order, which status it had when."""

from django.db.models.signals import post_save
from django.dispatch import receiver

from .models import OrderHistory, PurchaseOrder


# --8<-- [start:record-status]
@receiver(post_save, sender=PurchaseOrder)
def record_status(instance, raw, **kwargs):
    """Adds a row when the status has changed; it names the tenant, which nothing else would fill in."""
    known = instance.history.order_by("changed_at", "pk").values_list("status", flat=True).last()
    if not raw and instance.status != known:
        OrderHistory.objects.create(tenant_id=instance.tenant_id, order=instance, status=instance.status)


# --8<-- [end:record-status]
