"""A server with real data: everything is told, nothing is guessed."""

from depot.database_url import read_database_url
from depot.environment import flag, require

from .base import *  # noqa: F403

# --8<-- [start:required-variables]
environment = require(
    "SECRET_KEY",
    "DATABASE_URL",
    "ALLOWED_HOSTS",
    "CORS_ALLOWED_ORIGINS",
    "CSRF_TRUSTED_ORIGINS",
)
SECRET_KEY = environment["SECRET_KEY"]
# --8<-- [end:required-variables]

# --8<-- [start:database]
DATABASES = {"default": read_database_url(environment["DATABASE_URL"])}
# --8<-- [end:database]

# --8<-- [start:security]
DEBUG = False
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^api/v1/(health|ready)/$"]  # probes speak plain HTTP from inside
if flag("BEHIND_TLS_PROXY"):  # only a proxy that overwrites this header may be believed
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# --8<-- [end:security]

# --8<-- [start:static]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# --8<-- [end:static]
