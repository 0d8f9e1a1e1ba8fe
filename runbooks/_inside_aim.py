"""Runs inside the project's own Python: aims it at a scratch database, with every other one out of its reach.

It is sent through a pipe, never imported.
"""


def aim(alias, name):
    """Let the alias mean the scratch database, every other one be read only, and no mail be sent."""
    from django.conf import settings
    from django.db import connections
    from django.db.backends.signals import connection_created

    part(alias)
    connection = connections[alias]
    connection.settings_dict["NAME"] = name
    connection.settings_dict.get("OPTIONS", {}).pop("pool", None)
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    connection_created.disconnect(dispatch_uid="proofbook")
    connection_created.connect(make_guard(alias, name), weak=False, dispatch_uid="proofbook")


def make_guard(alias, name):
    """Refuse a connection that leads elsewhere than it should, and any way to write beside the scratch database."""

    def guard(connection, **_):
        with connection.cursor() as cursor:
            if connection.alias == alias:
                cursor.execute("SELECT current_database()")
                found = cursor.fetchone()[0]
                if found != name:
                    raise RuntimeError(f"the project connects to {found}, whatever NAME says")
            elif connection.vendor == "postgresql":
                cursor.execute("SET default_transaction_read_only = on")
            elif connection.vendor == "sqlite":
                cursor.execute("PRAGMA query_only = on")
            else:
                raise RuntimeError(f"database {connection.alias} cannot be made read only for a rehearsal")

    return guard


def part(alias):
    """Leave every database, so that one can be copied."""
    from django.db import connections

    for each in connections.all():
        each.close()
        if hasattr(each, "close_pool"):
            each.close_pool()


QUESTIONS = (part, aim)
