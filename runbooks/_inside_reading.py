"""Reads all migrations of a project at once, those too that do not load; taught before _inside_checks.py."""
# ruff: noqa: ANN001, ANN202, ANN204

import importlib.util
import traceback
from importlib import import_module
from types import SimpleNamespace

from django.apps import apps
from django.db.migrations import Migration
from django.db.migrations import loader as loading


class Unread(Migration):
    """Stands for a migration whose file does not load."""


class Reading(loading.MigrationLoader):
    """Django's own loader, which notes what it cannot read, and goes on."""

    def __init__(self, connection=None):
        self.unread, self.files, self.error = {}, {}, {}
        self.packages = {self.migrations_module(each.label)[0]: each.label for each in apps.get_app_configs()}
        super().__init__(connection, load=False)
        try:
            self.build_graph()
        except Exception as error:  # noqa: BLE001  # a parent that is missing, a circle, an app nobody knows
            self.error = {"kind": type(error).__name__, "says": str(error)}

    def load_disk(self):
        usual, loading.import_module = loading.import_module, self.read
        try:
            super().load_disk()
        finally:
            loading.import_module = usual

    def read(self, name):
        package, _, last = name.rpartition(".")
        try:
            module = import_module(name)
        except (Exception, SystemExit) as error:  # whatever a file raises, it is that file's fault
            if name in self.packages and is_absent(error, name, self.migrations_module(self.packages[name])[1]):
                raise
            key = (self.packages[name], "__init__") if name in self.packages else (self.packages[package], last)
            self.unread[key] = blame(error, source_of(name))
            return SimpleNamespace(Migration=Unread, __path__=[], __file__="")
        if name in self.packages:
            return module
        key = (self.packages[package], last)
        self.files[key] = module.__file__
        if not hasattr(module, "Migration"):
            self.unread[key] = {"says": "has no class Migration", "file": module.__file__, "line": 1}
            return SimpleNamespace(Migration=Unread)
        return module


def is_absent(error, name, explicit):
    """Tell whether an app simply has no migrations."""
    return isinstance(error, ModuleNotFoundError) and not explicit and error.name == name


def source_of(name):
    try:
        return importlib.util.find_spec(name).origin or ""
    except (AttributeError, ImportError, ValueError):
        return ""


def blame(error, path):
    """Tell an error with its place: the line of the file itself that was on the way, or where the text is bad."""
    says = "{}: {}".format(type(error).__name__, getattr(error, "msg", None) or error)
    if isinstance(error, SyntaxError) and error.filename:
        return {"says": says, "file": error.filename, "line": error.lineno or 0}
    lines = [each.lineno for each in traceback.extract_tb(error.__traceback__) if each.filename == path]
    return {"says": says, "file": path, "line": lines[-1] if lines else 0}
