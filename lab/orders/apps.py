from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self):
        from . import history, totals  # noqa: F401, PLC0415  their receivers connect on import
