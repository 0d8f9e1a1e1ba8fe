from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"

    def ready(self):
        from . import checks  # noqa: F401, PLC0415  registers itself, once models are loaded
