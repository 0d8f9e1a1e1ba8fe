"""A project of many clinics in one schema, with nothing in it that is named tenant."""

import importlib.util

SECRET_KEY = "only for tests"
DEBUG = False
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    *(["rest_framework"] if importlib.util.find_spec("rest_framework") else []),
    "clinics",
    "patients",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
AUTH_USER_MODEL = "clinics.Person"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "conf.urls"
USE_TZ = True
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
TENANT_ISOLATION_EXEMPT = {}
