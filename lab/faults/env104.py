"""Production got a list of middleware of its own, in which two lines have changed places."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

LIST = """\
DEBUG = False
CSRF_USE_SESSIONS = True
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenants.middleware.TenantMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Keep the CSRF token in the session, and write the list down a second time."""
    sandbox.files.edit("depot/settings/production.py", "DEBUG = False\n", LIST)
    sandbox.run("git commit --quiet --all --message 'Keep the token in the session'")
    yield
