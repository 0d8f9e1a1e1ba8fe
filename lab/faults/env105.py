"""A middleware asks for the user as soon as a request comes in, and stands where nobody knows the user yet."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

TENANT = '    "tenants.middleware.TenantMiddleware",  # after authentication: it asks who the user is\n'
SIMPLER = """\
    def __call__(self, request):
        try:
            request.membership = choose_membership(request.user, request.headers.get(HEADER))
        except PermissionDenied as refusal:
            return JsonResponse({"detail": str(refusal)}, status=403)
        request.tenant = request.membership and request.membership.tenant
        return self.get_response(request)
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Simplify the middleware, and sort it in with the others that are about security."""
    path = "tenants/middleware.py"
    text = sandbox.files.read(path)
    begin, end = text.index("    def __call__"), text.index("\n\n# --8<-- [end:tenant-middleware]")
    sandbox.files.write(path, f"{text[:begin]}{SIMPLER}{text[end:]}")
    settings = "depot/settings/base.py"
    sandbox.files.edit(settings, TENANT, "")
    before = '    "django.contrib.auth.middleware.AuthenticationMiddleware",\n'
    sandbox.files.edit(settings, before, f'    "tenants.middleware.TenantMiddleware",\n{before}')
    sandbox.run("git commit --quiet --all --message 'Choose the tenant before anything else'")
    yield
