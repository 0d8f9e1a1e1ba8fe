"""A new middleware wants a tenant of every request, and nobody thought of the probe."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

MIDDLEWARE = '''\
"""Refuses whoever works for no tenant."""

from django.http import JsonResponse

OPEN = ("/admin/login/", "/api/v1/token/")


class TenantRequired:
    """Lets nobody by without a tenant, but for the pages by which people come in."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        memberships = getattr(request.user, "memberships", None)
        if request.path not in OPEN and not (memberships and memberships.exists()):
            return JsonResponse({"detail": "You work for no tenant."}, status=403)
        return self.get_response(request)
'''


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Write it, and put it behind the one that knows who asks."""
    sandbox.files.write("tenants/required.py", MIDDLEWARE)
    known = '    "django.contrib.auth.middleware.AuthenticationMiddleware",\n'
    sandbox.files.edit("depot/settings/base.py", known, f'{known}    "tenants.required.TenantRequired",\n')
    sandbox.run("git add --all && git commit -qm 'Refuse whoever works for no tenant'")
    yield
