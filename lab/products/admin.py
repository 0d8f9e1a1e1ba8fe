from django.contrib import admin

from tenants.filtered_admin import OwnRelatedFilter, TenantFilteredAdmin

from .models import Category, Product


@admin.register(Category)
class CategoryAdmin(TenantFilteredAdmin):
    list_display = ["name", "tenant"]
    list_select_related = ["tenant"]
    search_fields = ["name"]


@admin.register(Product)
class ProductAdmin(TenantFilteredAdmin):
    list_display = ["sku", "name", "supplier", "category", "price", "is_active"]
    list_filter = ["is_active", ("category", OwnRelatedFilter), ("supplier", OwnRelatedFilter)]
    list_select_related = ["supplier", "category"]
    search_fields = ["sku", "name"]
