"""The header that names a tenant is checked for users the middleware knows, and it does not know who brings a token."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

CHOOSING = """\
        try:
            request.membership = choose_membership(request.user, request.headers.get(HEADER))
        except PermissionDenied as refusal:
            return JsonResponse({"detail": str(refusal)}, status=403)
        request.tenant = request.membership and request.membership.tenant
        return None
"""
CHOOSING_ONCE = """\
        wanted = request.headers.get(HEADER)
        if wanted and not request.user.is_authenticated:
            request.tenant = Tenant.objects.filter(pk=wanted).first()
            return None
        try:
            request.membership = choose_membership(request.user, wanted)
        except PermissionDenied as refusal:
            return JsonResponse({"detail": str(refusal)}, status=403)
        request.tenant = request.membership and request.membership.tenant
        return None
"""
ASKING_AGAIN = """\
        try:
            membership = choose_membership(request.user, request.headers.get(HEADER))
        except PermissionDenied as refusal:
            raise ApiPermissionDenied(str(refusal)) from None
        request.membership = membership
        request.tenant = membership and membership.tenant
        return membership is not None and allows(membership.role, request.method)
"""
ASKING_IF_NONE = """\
        if request.tenant is not None:
            return request.user.is_authenticated
        try:
            membership = choose_membership(request.user, request.headers.get(HEADER))
        except PermissionDenied as refusal:
            raise ApiPermissionDenied(str(refusal)) from None
        request.membership = membership
        request.tenant = membership and membership.tenant
        return membership is not None and allows(membership.role, request.method)
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Let the middleware decide for everybody, and the view believe it."""
    sandbox.files.edit("tenants/middleware.py", CHOOSING, CHOOSING_ONCE)
    found = "from .choice import HEADER, choose_membership\n"
    sandbox.files.edit("tenants/middleware.py", found, f"{found}from .models import Tenant\n")
    sandbox.files.edit("tenants/permissions.py", ASKING_AGAIN, ASKING_IF_NONE)
    sandbox.run("git add --all && git commit -qm 'Choose the tenant once'")
    yield
