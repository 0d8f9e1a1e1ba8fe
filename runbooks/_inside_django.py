"""Runs inside the project's own Python and answers questions, one JSON line each.

It is sent through a pipe, never imported, and must run on every Python that Django 4.2 runs on.
"""
# ruff: noqa: UP032, ANN001, ANN202, PLC0415, PTH110, ARG001, ARG005, PTH113

import importlib
import io
import json
import os
import runpy
import sys
import traceback
from contextlib import contextmanager

LOCK = 7_201_001


def start():
    """Do what manage.py does before Django starts: some load a .env there, or set the settings module."""
    from django.core import management

    management.execute_from_command_line = lambda argv=None: None
    sys.argv = ["manage.py", "proofbook"]
    if os.path.exists("manage.py"):
        runpy.run_path("manage.py", run_name="__main__")
    import django

    django.setup()


def blame(error):
    """Tell what kept the project from starting, and the last line of its own that was on the way."""
    frames = traceback.extract_tb(error.__traceback__)
    says = "{}: {}".format(type(error).__name__, error)
    if isinstance(error, KeyError) and frames[-1].filename in (os.__file__, "<frozen os>"):
        says = "the environment variable {} is not set".format(error.args[0])
    lines = {os.path.relpath(each.filename): each.lineno for each in frames if os.path.isfile(each.filename)}
    ours = [name for name in lines if not name.startswith("..") and "-packages" not in name]
    return says + (" ({}:{})".format(ours[-1], lines[ours[-1]]) if ours else "")


def settings(alias):
    from django.db import connections

    connection = connections[alias]
    kept = {key: connection.settings_dict.get(key) for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    options = {key: str(value) for key, value in connection.settings_dict.get("OPTIONS", {}).items()}
    return dict(kept, NAME=str(kept["NAME"]), OPTIONS=options, vendor=connection.vendor)


def load(alias):
    from django.db import connections
    from django.db.migrations.loader import MigrationLoader

    importlib.invalidate_caches()  # a file made a moment ago must be seen
    return MigrationLoader(connections[alias])


def is_applied(loader, key):
    replaced = loader.replacements.get(key)
    return key in loader.applied_migrations or bool(
        replaced and all(name in loader.applied_migrations for name in replaced.replaces)
    )


def history(alias):
    """Tell the graph, what is recorded, and where the two do not fit; no check is made that could refuse."""
    loader = load(alias)
    order = dict.fromkeys(key for leaf in loader.graph.leaf_nodes() for key in loader.graph.forwards_plan(leaf))
    # Django records with a migration also what it replaces, whether or not there is a file of that name still
    replaced = {tuple(name) for each in loader.disk_migrations.values() for name in each.replaces}
    known = replaced | set(loader.disk_migrations)
    return {
        "nodes": [describe(loader, key) for key in order],
        "conflicts": loader.detect_conflicts(),
        "unknown": sorted(key for key in loader.applied_migrations if key not in known),
    }


def describe(loader, key):
    migration = loader.graph.nodes[key]
    return {
        "name": ".".join(key),
        "parents": [".".join(parent.key) for parent in sorted(loader.graph.node_map[key].parents)],
        "applied": is_applied(loader, key),
        "atomic": migration.atomic,
        "file": sys.modules[type(migration).__module__].__file__,
    }


def operations(alias, migration):
    """Give each operation of a migration with the SQL it would run; nothing is run."""
    from django.db import connections

    loader = load(alias)
    key = tuple(migration.split(".", 1))
    state = loader.project_state(key, at_end=False)
    return [collect(connections[alias], key[0], each, state) for each in loader.graph.nodes[key].operations]


def collect(connection, app, operation, state):
    before = state.clone()
    operation.state_forwards(app, state)
    found = {"kind": type(operation).__name__, "says": operation.describe(), "sql": [], "error": ""}
    found["code"] = not operation.reduces_to_sql
    if found["code"]:
        return found
    try:
        with connection.schema_editor(collect_sql=True, atomic=False) as editor:
            operation.database_forwards(app, editor, before, state)
        found["sql"] = [line for line in map(str, editor.collected_sql) if not line.startswith("--")]
    except Exception as error:  # noqa: BLE001  # the reader is told, and nothing is assumed
        found["error"] = "{}: {}".format(type(error).__name__, error)
    return found


@contextmanager
def hidden(names):
    """Let this process, and no other, see the history without these records."""
    from django.db.migrations.recorder import MigrationRecorder

    recorded = MigrationRecorder.applied_migrations

    def visible(recorder):
        return {key: row for key, row in recorded(recorder).items() if ".".join(key) not in names}

    MigrationRecorder.applied_migrations = visible
    try:
        yield
    finally:
        MigrationRecorder.applied_migrations = recorded


@contextmanager
def alone(alias):
    """Hold a lock of the database, as the work may outlive the runbook that asked for it."""
    from django.db import connections

    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise RuntimeError("another run is changing the history of this database")
        cursor.execute("SET lock_timeout = '10s'")
        try:
            yield
        finally:
            connections[alias].close()


def migrate(alias, app, target, without):
    with alone(alias), hidden(set(without)):
        return call(alias, ["migrate", app, target], {"interactive": False})


def call(alias, words, options):
    from django.core.management import call_command

    out = io.StringIO()
    if words[0] == "migrate":
        options["database"] = alias
    call_command(*words, stdout=out, stderr=out, no_color=True, **options)
    return out.getvalue()


def record(alias, migration, applied):
    from django.db import connections
    from django.db.migrations.recorder import MigrationRecorder

    with alone(alias):
        recorder = MigrationRecorder(connections[alias])
        act = recorder.record_applied if applied else recorder.record_unapplied
        act(*migration.split(".", 1))


WHOLE = {"CreateModel": ["name"], "DeleteModel": ["name"], "RenameModel": ["old_name", "new_name"]}
FIELDS = {
    "AddField": ["name"],
    "AlterField": ["name"],
    "RemoveField": ["name"],
    "RenameField": ["old_name", "new_name"],
}


def touched(alias, migration):
    """Tell which parts of which models a migration touches."""
    app, _, name = migration.partition(".")
    found = []
    for each in load(alias).graph.nodes[app, name].operations:
        for model, part in [*parts(each), *referenced(app, each)]:
            found.append([app, model.lower(), part.lower(), each.describe()])
    return found


def parts(operation):
    """Name what one operation touches: a field, * for a whole model, ? for what cannot be known."""
    kind = type(operation).__name__
    model = getattr(operation, "model_name", "") or getattr(operation, "name", "") or ""
    if kind in WHOLE:
        return [(getattr(operation, name), "*") for name in WHOLE[kind]]
    if kind in FIELDS:
        return [(model, getattr(operation, name)) for name in FIELDS[kind]]
    if kind.startswith("Alter"):
        return [(model, kind)]
    made = getattr(operation, "index", None) or getattr(operation, "constraint", None) or operation
    names = {getattr(made, name, None) for name in ("name", "old_name", "new_name")} - {None}
    names |= {field.lstrip("-") for field in getattr(made, "fields", ())}
    known = operation.reduces_to_sql and model and kind not in ("RunSQL", "SeparateDatabaseAndState")
    return [(model, name) for name in sorted(names)] if known else [("", "?")]


def referenced(app, operation):
    """Name the models of the same app that an operation's fields point to; no other operation has this part."""
    fields = [("", getattr(operation, "field", None)), *(getattr(operation, "fields", None) or [])]
    for name, field in fields if type(operation).__name__ in [*WHOLE, *FIELDS] else ():
        remote = getattr(getattr(field, "remote_field", None), "model", None)
        label = str(getattr(getattr(remote, "_meta", None), "label", remote)).lower()
        if label.startswith(app + "."):
            yield label.partition(".")[2], "to it from {} {} {}".format(id(operation), name, operation.describe())


def check(alias):
    """Let Django itself judge the history."""
    from django.db import connections

    load(alias).check_consistent_history(connections[alias])


def learn(alias, text):
    """Take in more questions: a file sent in the same way, which names them in its QUESTIONS."""
    room = dict(globals())
    exec(text, room)  # noqa: S102  # our own file, from our own pipe
    QUESTIONS.update((each.__name__, each) for each in room["QUESTIONS"])


QUESTIONS = {
    each.__name__: each for each in (settings, history, operations, migrate, call, record, check, touched, learn)
}


def main(requests, replies):
    started = False
    for line in requests:
        request = json.loads(line)
        try:
            if not started:
                start()
                started = True
            answer = {"answer": QUESTIONS[request.pop("question")](**request)}
        except BaseException as error:  # noqa: BLE001  # also SystemExit of a manage.py; all of it is told
            answer = {"error": "{}: {}".format(type(error).__name__, error) if started else blame(error)}
        replies.write(json.dumps(answer, default=str) + "\n")
        replies.flush()
