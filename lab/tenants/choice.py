"""Decides for which tenant a request works."""

from uuid import UUID

from django.core.exceptions import PermissionDenied

from .models import Membership, Tenant
from .roles import Role

HEADER = "X-Tenant-ID"


# --8<-- [start:choose-tenant]
def choose_membership(user, wanted):
    """Gives the user's membership in the wanted tenant, or without a wish the most privileged one.

    Refuses a tenant the user does not belong to. Who asks must know who the user is:
    the middleware for sessions, the permission class for tokens, which only the view resolves.
    """
    if not user.is_authenticated:
        return None
    if wanted is None:
        return Membership.objects.usable_by(user).first()
    tenant_id = read_tenant_id(wanted)
    membership = Membership.objects.usable_by(user).filter(tenant_id=tenant_id).first()
    if membership is None and user.is_superuser:
        membership = support_membership(user, tenant_id)
    if membership is None:
        # The same answer for "unknown" and "foreign": neither may be guessed.
        raise PermissionDenied(f"{HEADER} names no tenant of this user.")
    return membership


# --8<-- [end:choose-tenant]


def read_tenant_id(text):
    try:
        return UUID(text)
    except ValueError:
        raise PermissionDenied(f"{HEADER} is not a UUID.") from None


def support_membership(user, tenant_id):
    tenant = Tenant.objects.filter(pk=tenant_id, is_active=True).first()
    return tenant and Membership(user=user, tenant=tenant, role=Role.OWNER)
