"""Limits any queryset to what belongs to given tenants."""

from django.contrib.auth import get_user_model

from .models import Membership, Tenant


# --8<-- [start:within-tenants]
def within_tenants(queryset, tenants):
    """Keeps the rows of these tenants; models without a tenant are shared and stay whole."""
    if queryset.model is get_user_model():
        members = Membership.objects.filter(tenant__in=tenants, is_active=True)
        return queryset.filter(pk__in=members.values("user"))
    path = getattr(queryset.model, "tenant_path", None)
    return queryset if path is None else queryset.filter(**{f"{path}__in": tenants})


def tenants_of(user, roles=None):
    """Gives the active tenants this user may see, or those where one of the roles is held."""
    if user.is_superuser:
        return Tenant.objects.all()
    held = {"memberships__user": user, "memberships__is_active": True}
    if roles is not None:
        held["memberships__role__in"] = roles
    return Tenant.objects.filter(is_active=True, **held)


# --8<-- [end:within-tenants]
