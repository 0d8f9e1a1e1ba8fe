"""Answers questions about all migrations of a project at once: nothing here stops at the first fault.

It is taught to the project's own Python, where Django has started, as one text with _inside_reading.py
and _inside_records.py.
"""
# ruff: noqa: F821, UP032, ANN001, ANN003, ANN202, ANN204, ARG001, SLF001

import gc
import importlib.util
import pkgutil
import sys

from django.apps import apps
from django.core.management import get_commands, load_command_class
from django.db.migrations import loader as loading
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ProjectState
from django.utils.translation import deactivate_all

KEPT = {}
# Django's own commands do so: a name in the reader's language is no change of a model
deactivate_all()
# many small things are made here, and none is thrown away before the end
gc.set_threshold(100_000, 20, 20)


def reading():
    if "reading" not in KEPT:
        KEPT["reading"] = Reading()
    return KEPT["reading"]


def survey(alias):
    """Tell every migration of every app as its file has it, and what Django says to the graph."""
    loader = reading()
    return {
        "apps": {each.label: each.path for each in apps.get_app_configs()},
        "migrated": sorted(loader.migrated_apps),
        "migrations": [as_written(loader, key) for key in sorted(loader.disk_migrations)],
        "unread": [dict(each, app=app, name=name) for (app, name), each in sorted(loader.unread.items())],
        "unseen": sorted(filter(None, map(unseen, loader.unmigrated_apps)), key=lambda each: each["app"]),
        "error": loader.error,
        "conflicts": {} if loader.error else loader.detect_conflicts(),
    }


def as_written(loader, key):
    migration = loader.disk_migrations[key]
    return {
        "app": key[0],
        "name": key[1],
        "file": loader.files.get(key) or loader.unread.get(key, {}).get("file", ""),
        "unread": key in loader.unread,
        "dependencies": [list(map(str, each)) for each in migration.dependencies],
        "run_before": [list(map(str, each)) for each in migration.run_before],
        "replaces": [list(map(str, each)) for each in migration.replaces],
    }


def unseen(app):
    """Tell what an app without migrations has all the same: a folder that Django overlooks, or models."""
    config = apps.get_app_config(app)
    name = loading.MigrationLoader.migrations_module(app)[0]
    if name is None:
        return None
    try:
        folders = list(importlib.util.find_spec(name).submodule_search_locations or [])
    except (AttributeError, ImportError):
        folders = []
    files = sorted(each.name for each in pkgutil.iter_modules(folders) if each.name[0] not in "_~")
    models = [each for each in config.get_models() if each._meta.managed and not each._meta.proxy]
    if not files and not models:
        return None
    return {"app": app, "path": config.path, "folder": (folders or [""])[0], "files": files, "models": len(models)}


def drift(alias):
    """Tell what makemigrations would write, each with the place of its model; nothing is written."""
    loader = reading()
    try:
        before = loader.project_state()
    except Exception as error:  # noqa: BLE001  # which of them it is, is looked for
        return {"broken": culprit(loader, error), "changes": []}
    asked = Noting(dry_run=True)
    detector = autodetector()(before, ProjectState.from_apps(apps), asked)
    changes = detector.changes(graph=loader.graph)
    return {
        "broken": None,
        "changes": [
            dict(place_of(app, each), app=app, says=each.describe(), valueless=asked.about(each))
            for app, migrations in sorted(changes.items())
            for migration in migrations
            for each in migration.operations
        ],
    }


class Noting(MigrationQuestioner):
    """Answers nothing, and notes for which new fields the rows that are there would get no value."""

    def __init__(self, **options):
        super().__init__(**options)
        self.valueless = set()

    def ask_not_null_addition(self, field_name, model_name):
        self.valueless.add((model_name, field_name))

    def about(self, operation):
        return (getattr(operation, "model_name", ""), getattr(operation, "name", "")) in self.valueless


def autodetector():
    """Give what makemigrations of this project looks with: packages put their own in its place."""
    command = get_commands()["makemigrations"]
    command = load_command_class(command, "makemigrations") if isinstance(command, str) else command
    return getattr(command, "autodetector", MigrationAutodetector)


def culprit(loader, error):
    """Find the migration whose operations do not fit what stands before it."""
    state = ProjectState(real_apps=loader.unmigrated_apps)
    for key in plan(loader):
        try:
            state = loader.graph.nodes[key].mutate_state(state, preserve=False)
        except Exception as found:  # noqa: BLE001
            return {"name": ".".join(key), "file": loader.files.get(key, ""), "says": told(found)}
    return {"name": "", "file": "", "says": told(error)}


def told(error):
    return "{}: {}".format(type(error).__name__, error)


def place_of(app, operation):
    """Give the file of the model that an operation is about, and what to look for in it."""
    for name in filter(None, (getattr(operation, each, None) for each in ("model_name", "name", "new_name"))):
        try:
            model = apps.get_model(app, name)
        except (LookupError, ValueError):
            continue
        found = {"model": model.__name__, "field": getattr(operation, "name", "")}
        return dict(found, file=sys.modules[model.__module__].__file__)
    models = apps.get_app_config(app).models_module
    return {"file": getattr(models, "__file__", None) or "", "model": "", "field": ""}


QUESTIONS = (survey, drift, recorded)
