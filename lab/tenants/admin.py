from django.contrib import admin

from .filtered_admin import OwnRelatedFilter, TenantFilteredAdmin
from .models import Membership, Tenant


@admin.register(Tenant)
class TenantAdmin(TenantFilteredAdmin):
    list_display = ["name", "slug", "is_active"]
    search_fields = ["name", "slug"]


@admin.register(Membership)
class MembershipAdmin(TenantFilteredAdmin):
    list_display = ["user", "tenant", "role", "is_active"]
    list_filter = ["role", "is_active", ("tenant", OwnRelatedFilter)]
    list_select_related = ["user", "tenant"]
