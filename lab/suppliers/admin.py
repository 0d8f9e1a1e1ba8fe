from django.contrib import admin

from tenants.filtered_admin import OwnRelatedFilter, TenantFilteredAdmin, TenantFilteredInline

from .models import Contact, Supplier


class ContactInline(TenantFilteredInline):
    model = Contact


@admin.register(Supplier)
class SupplierAdmin(TenantFilteredAdmin):
    list_display = ["code", "name", "country", "payment_days", "is_active"]
    list_filter = ["is_active", "country", ("tenant", OwnRelatedFilter)]
    search_fields = ["code", "name"]
    inlines = [ContactInline]


@admin.register(Contact)
class ContactAdmin(TenantFilteredAdmin):
    list_display = ["name", "supplier", "email", "is_primary"]
    list_select_related = ["supplier"]
    search_fields = ["name", "supplier__name"]
