from django.core.exceptions import PermissionDenied
from django.http import JsonResponse

from .choice import HEADER, choose_membership


def tenant_exempt(view):
    """Marks a view that belongs to no tenant, such as a probe; it must not need the database."""
    view.tenant_exempt = True
    return view


# --8<-- [start:tenant-middleware]
class TenantMiddleware:
    """Sets `request.membership` and `request.tenant`, and refuses a foreign tenant.

    It sees users of a session only. A token is resolved inside the view,
    so `IsTenantMember` asks the same question again there.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.membership = request.tenant = None
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if getattr(view, "tenant_exempt", False):
            return None
        try:
            request.membership = choose_membership(request.user, request.headers.get(HEADER))
        except PermissionDenied as refusal:
            return JsonResponse({"detail": str(refusal)}, status=403)
        request.tenant = request.membership and request.membership.tenant
        return None


# --8<-- [end:tenant-middleware]
