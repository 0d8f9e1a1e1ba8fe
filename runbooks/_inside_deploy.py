"""Runs inside the project's own Python: applies one migration of a deployment, and tells a busy database from a fault.

It is sent through a pipe, never imported, and stands on the names of `_inside_django.py`.
"""
# ruff: noqa: UP032, ANN001, ANN202, PLC0415, F821

BUSY = ("55P03", "40P01")  # a lock that did not come, a deadlock
EXISTS = "42P07"  # a table or an index of that name


def move(alias, app, target, without, lock_timeout):
    """Take an app to one of its migrations, forwards or back; no statement waits for a lock for longer than it may."""
    from django.db import connections

    connection = connections[alias]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            busy = "another run is changing the history of this database"
            return {"busy": True, "exists": False, "error": busy, "concurrent": []}
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [lock_timeout])
    concurrent, state, error = [], "", ""

    def note(execute, sql, params, many, context):
        if "CONCURRENTLY" in str(sql).upper():
            concurrent.append(str(sql))
        return execute(sql, params, many, context)

    try:
        with hidden(set(without)), connection.execute_wrapper(note):
            call(alias, ["migrate", app, target], {"interactive": False, "verbosity": 0})
    except Exception as raised:  # noqa: BLE001  # the reader is told, and goes back
        state, error = state_of(raised), "{}: {}".format(type(raised).__name__, raised).strip()
    finally:
        connection.close()
    return {"busy": state in BUSY, "exists": state == EXISTS, "error": error, "concurrent": concurrent}


def state_of(error):
    """Give PostgreSQL's own code of an error; its text may be in any language."""
    while error is not None:
        code = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
        if code:
            return code
        error = error.__cause__
    return ""


QUESTIONS = [move]
