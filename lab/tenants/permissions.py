from django.core.exceptions import PermissionDenied
from rest_framework.exceptions import PermissionDenied as ApiPermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission

from .choice import HEADER, choose_membership
from .roles import MAY_DELETE, MAY_WRITE


# --8<-- [start:is-tenant-member]
class IsTenantMember(BasePermission):
    """Lets in members of the request's tenant, however they logged in, as far as their role goes."""

    def has_permission(self, request, view):
        try:
            membership = choose_membership(request.user, request.headers.get(HEADER))
        except PermissionDenied as refusal:
            raise ApiPermissionDenied(str(refusal)) from None
        request.membership = membership
        request.tenant = membership and membership.tenant
        return membership is not None and allows(membership.role, request.method)


def allows(role, method):
    if method in SAFE_METHODS:
        return True
    return role in (MAY_DELETE if method == "DELETE" else MAY_WRITE)


# --8<-- [end:is-tenant-member]
