"""Answers what a database has on record of a project's migrations, without a word against it.

It is taught to the project's own Python as one text with _inside_reading.py and _inside_checks.py.
"""
# ruff: noqa: F821, UP032, ANN001, ANN202, PTH110

import os

from django.db import connections
from django.db.migrations import loader as loading


def recorded(alias):
    """Tell which migrations the database has, without a word against it; a database is never made by asking."""
    connection = connections[alias]
    name = str(connection.settings_dict["NAME"])
    is_file = connection.vendor == "sqlite" and not connection.is_in_memory_db() and not name.startswith("file:")
    if is_file and not os.path.exists(name):
        return {"unreachable": "there is no file {}".format(name)}
    try:
        connection.ensure_connection()
        loader = with_records(connection)
    except Exception as error:  # noqa: BLE001  # drivers, backends and servers fail in their own ways
        return {"unreachable": told(error).strip()}
    known = set(loader.disk_migrations) | {key for each in loader.replacements.values() for key in each.replaces}
    return {
        "error": loader.error,
        "nodes": [] if loader.error else [standing(loader, key) for key in plan(loader)],
        "unknown": [".".join(key) for key in sorted(loader.applied_migrations) if key not in known],
        "django": "" if loader.error else judged(loader, connection),
    }


def with_records(connection):
    """Give the graph with what is applied; only squashes make another graph of it."""
    loader, records = reading(), loading.MigrationRecorder(connection).applied_migrations()
    if loader.error or loader.replacements:
        return Reading(connection)
    loader.applied_migrations = records
    return loader


def plan(loader):
    return dict.fromkeys(key for leaf in loader.graph.leaf_nodes() for key in loader.graph.forwards_plan(leaf))


def standing(loader, key):
    replaced = loader.replacements.get(key)
    applied = key in loader.applied_migrations or bool(
        replaced and all(each in loader.applied_migrations for each in replaced.replaces)
    )
    parents = sorted(parent.key for parent in loader.graph.node_map[key].parents)
    operations = [] if applied else loader.graph.nodes[key].operations
    return {
        "name": ".".join(key),
        "file": loader.files.get(key, ""),
        "applied": applied,
        "parents": [".".join(each) for each in parents],
        "one_way": [type(each).__name__ for each in operations if not each.reversible],
    }


def judged(loader, connection):
    try:
        loader.check_consistent_history(connection)
    except Exception as error:  # noqa: BLE001
        return str(error)
    return ""
