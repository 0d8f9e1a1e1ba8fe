from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self):
        from . import history  # noqa: F401, PLC0415  its receivers connect on import
