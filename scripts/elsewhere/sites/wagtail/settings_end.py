import os

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["SITE_DATABASE"],
        "USER": "elsewhere",
        "HOST": os.environ["SITE_HOST"],
    }
}
