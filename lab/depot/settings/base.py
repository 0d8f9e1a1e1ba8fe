"""What is the same wherever the depot runs; the environments add to it."""

import os
from pathlib import Path

from corsheaders.defaults import default_headers

from depot.environment import words

BASE_DIR = Path(__file__).resolve().parents[2]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "rest_framework.authtoken",
    "depot",
    "tenants",
    "suppliers",
    "products",
    "orders",
]

# --8<-- [start:middleware-order]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",  # above everything that can answer by itself
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",  # before CSRF, which may keep its token there
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenants.middleware.TenantMiddleware",  # after authentication: it asks who the user is
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
# --8<-- [end:middleware-order]

# --8<-- [start:origins]
ALLOWED_HOSTS = words("ALLOWED_HOSTS")  # names without scheme: depot.example.com
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")  # with scheme, without path: https://app.example.com
CORS_ALLOWED_ORIGINS = words("CORS_ALLOWED_ORIGINS")  # the same form; browsers that call the API
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOW_HEADERS = (*default_headers, "x-tenant-id")
# --8<-- [end:origins]

ROOT_URLCONF = "depot.urls"
WSGI_APPLICATION = "depot.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TIME_ZONE = "UTC"
USE_TZ = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "rest_framework.authentication.TokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["tenants.permissions.IsTenantMember"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "depot.refusals.answer",
}

# --8<-- [start:fallbacks]
SECRET_KEY_FALLBACKS = words("SECRET_KEY_FALLBACKS")  # keys of before a rotation: believed, never signed with
# --8<-- [end:fallbacks]

STATIC_URL = "static/"
STATIC_ROOT = os.environ.get("STATIC_ROOT") or BASE_DIR / "staticfiles"

# --8<-- [start:logging]
LOG_LEVEL = os.environ.get("LOG_LEVEL", "INFO").upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    # No handlers of its own, or Django would print everything twice while DEBUG is on.
    "loggers": {"django": {"handlers": [], "level": LOG_LEVEL}},
}
# --8<-- [end:logging]
