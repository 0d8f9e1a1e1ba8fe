"""Keeps an order's total equal to the sum of its lines."""

from django.db.models import F, Sum
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from .models import OrderLine, PurchaseOrder


@receiver([post_save, post_delete], sender=OrderLine)
def add_up(instance, **kwargs):
    lines = OrderLine.objects.filter(order_id=instance.order_id).order_by()
    total = lines.aggregate(total=Sum(F("quantity") * F("unit_price"), default=0))["total"]
    PurchaseOrder.objects.filter(pk=instance.order_id).update(total=total)
