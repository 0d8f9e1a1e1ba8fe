from django.contrib import admin

from tenants.filtered_admin import OwnRelatedFilter, TenantFilteredAdmin, TenantFilteredInline

from .models import OrderHistory, OrderLine, PurchaseOrder


class OrderLineInline(TenantFilteredInline):
    model = OrderLine


@admin.register(PurchaseOrder)
class PurchaseOrderAdmin(TenantFilteredAdmin):
    list_display = ["number", "supplier", "status", "ordered_on", "expected_on", "total"]
    list_filter = ["status", ("supplier", OwnRelatedFilter)]
    list_select_related = ["supplier"]
    search_fields = ["number", "supplier__name"]
    readonly_fields = ["total"]
    inlines = [OrderLineInline]


@admin.register(OrderHistory)
class OrderHistoryAdmin(TenantFilteredAdmin):
    list_display = ["order", "status", "changed_by", "changed_at"]
    list_select_related = ["order", "changed_by"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False
