import os

print("a project may print while it starts")

SECRET_KEY = "only for tests"
INSTALLED_APPS = ["django.contrib.contenttypes", "stock", "sales"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["SHOP_DATABASE"],
        "USER": os.environ.get("SHOP_USER", "depot"),
        "PASSWORD": os.environ.get("SHOP_PASSWORD", ""),
        "HOST": os.environ["PGHOST"],
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
