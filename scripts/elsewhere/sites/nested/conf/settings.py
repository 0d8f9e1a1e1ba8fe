"""A project as they grow: apps in apps, a user model of its own, three databases, and nothing without a variable."""

import os

SECRET_KEY = os.environ["SITE_SECRET_KEY"]
DEBUG = os.environ["SITE_DEBUG"] == "yes"
ALLOWED_HOSTS = os.environ["SITE_ALLOWED_HOSTS"].split(",")
EMAIL_HOST = os.environ["SITE_EMAIL_HOST"]
EMAIL_HOST_PASSWORD = os.environ["SITE_EMAIL_PASSWORD"]
MEDIA_ROOT = os.environ["SITE_MEDIA_ROOT"]
TIME_ZONE = os.environ["SITE_TIME_ZONE"]
LANGUAGE_CODE = os.environ["SITE_LANGUAGE"]
SESSION_COOKIE_DOMAIN = os.environ["SITE_COOKIE_DOMAIN"] or None

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "tenant_apps.accounts",
    "tenant_apps.sales.invoices",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
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
AUTH_USER_MODEL = "accounts.Person"
ROOT_URLCONF = "conf.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True


def postgresql(name):
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": os.environ["SITE_DATABASE_USER"],
        "HOST": os.environ["SITE_HOST"],
    }


DATABASES = {
    "default": postgresql(os.environ["SITE_DATABASE"]),
    "reports": postgresql(os.environ["SITE_REPORTS_DATABASE"]),
    "archive": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["SITE_ARCHIVE_FILE"]},
}
