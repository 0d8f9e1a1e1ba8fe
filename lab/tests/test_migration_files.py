"""What every migration of the depot must be like, whatever it does."""

import ast
import re
from pathlib import Path

from django.apps import apps
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations
from django.db.migrations.loader import MigrationLoader
from django.test import SimpleTestCase

from tests.lessons import keeps
from tests.test_migrations import APPS

BY_DJANGO = re.compile(r"_[0-9a-f]{6,8}_(idx|uniq)$")
PROJECT = Path(__file__).resolve().parents[1]
ROWS = (migrations.RunPython,)
SWALLOWING = {"suppress"}


def own_migrations():
    """Gives every migration of the depot's apps, by app and name."""
    found = MigrationLoader(None).disk_migrations
    return {key: found[key] for key in sorted(found) if key[0] in APPS}


def operations(migration):
    for operation in migration.operations:
        yield operation
        if isinstance(operation, migrations.SeparateDatabaseAndState):
            yield from operation.database_operations


class MigrationFileTests(SimpleTestCase):
    @keeps("change-rows-and-schema-apart")
    def test_rows_and_schema_change_in_different_migrations(self):
        for key, migration in own_migrations().items():
            kinds = {isinstance(each, ROWS) for each in operations(migration)}
            self.assertLessEqual(len(kinds), 1, f"{key} changes rows and schema")

    @keeps("keep-a-way-back")
    def test_every_migration_can_be_taken_back(self):
        for key, migration in own_migrations().items():
            with self.subTest(key):
                self.assertTrue(all(each.reversible for each in operations(migration)))

    @keeps("build-indexes-concurrently")
    def test_an_index_on_a_table_that_is_there_is_built_concurrently(self):
        for key, migration in own_migrations().items():
            new = {each.name_lower for each in migration.operations if isinstance(each, migrations.CreateModel)}
            for each in operations(migration):
                if isinstance(each, migrations.AddIndex) and each.model_name_lower not in new:
                    told = f"{key}: {each.index.name} locks writers out while it is built"
                    self.assertIsInstance(each, AddIndexConcurrently, told)

    @keeps("name-your-indexes")
    def test_every_index_has_a_name_that_somebody_chose(self):
        of_models = [(model, each) for model in apps.get_models() for each in model._meta.indexes]
        names = [each.name for model, each in of_models if model._meta.app_label in APPS]
        for migration in own_migrations().values():
            names += [each.index.name for each in operations(migration) if isinstance(each, migrations.AddIndex)]

        self.assertTrue(names)
        self.assertEqual([], [name for name in names if BY_DJANGO.search(name)])

    @keeps("let-an-error-stop-the-migration")
    def test_no_migration_swallows_an_error(self):
        files = [file for app in APPS for file in (PROJECT / app / "migrations").glob("0*.py")]
        for file in files:
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
                swallows = isinstance(node, ast.ExceptHandler) or name in SWALLOWING
                self.assertFalse(swallows, f"{file.name}:{getattr(node, 'lineno', 0)} goes on after an error")
        self.assertGreater(len(files), 30)
