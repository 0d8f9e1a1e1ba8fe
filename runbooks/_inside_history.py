"""Questions about the history of migrations, and what changes it; sent as one text with _inside_django.py."""
# ruff: noqa: ANN001, ANN202, PLC0415

import importlib
import io
import sys
from contextlib import contextmanager

LOCK = 7_201_001


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
        key = tuple(migration.split(".", 1))
        # somebody else may have recorded it since it was looked at, and no constraint keeps a second row out
        if (key in recorder.applied_migrations()) != applied:
            act = recorder.record_applied if applied else recorder.record_unapplied
            act(*key)


def check(alias):
    """Let Django itself judge the history."""
    from django.db import connections

    load(alias).check_consistent_history(connections[alias])
