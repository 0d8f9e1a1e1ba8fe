"""Runs inside the project's own Python: applies one migration of a deployment, and tells a busy database from a fault.

It is sent through a pipe, never imported, and stands on the names of `_inside_django.py`.
"""
# ruff: noqa: UP032, ANN001, ANN202, PLC0415, F821

BUSY = ("55P03", "40P01")  # a lock that did not come, a deadlock


def move(alias, app, target, without, lock_timeout):
    """Take an app to one of its migrations, forwards or back; no statement waits for a lock for longer than it may."""
    from django.db import connections

    connection = connections[alias]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return {"busy": True, "error": "another run is changing the history of this database"}
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [lock_timeout])
    try:
        with hidden(set(without)):
            call(alias, ["migrate", app, target], {"interactive": False, "verbosity": 0})
    except Exception as error:  # noqa: BLE001  # the reader is told, and goes back
        return {"busy": state_of(error) in BUSY, "error": "{}: {}".format(type(error).__name__, error).strip()}
    finally:
        connection.close()
    return {"busy": False, "error": ""}


def state_of(error):
    """Give PostgreSQL's own code of an error; its text may be in any language."""
    while error is not None:
        code = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
        if code:
            return code
        error = error.__cause__
    return ""


QUESTIONS = [move]
