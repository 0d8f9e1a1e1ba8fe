"""Writes Django projects with as many migrations as asked for: fields, indexes, foreign keys and code."""

from __future__ import annotations

from pathlib import Path

MODELS = ("Order", "Line", "Note")
PER_APP = 25

SETTINGS = """\
SECRET_KEY = "only measured"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", {extra}{apps}]
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": "target.sqlite3"}}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
ROOT_URLCONF = "urls"
"""
MANAGE = """\
import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    execute_from_command_line(sys.argv)
"""
KEY = 'models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")'


def write_project(folder: Path, migrations: int, *extra: str) -> None:
    """Write a project that is healthy: its models are what its migrations make."""
    apps = [f"app{number}" for number in range(migrations // PER_APP)]
    folder.mkdir(parents=True)
    (folder / "manage.py").write_text(MANAGE)
    (folder / "urls.py").write_text("urlpatterns = []\n")
    named = {"apps": quoted(apps), "extra": "".join(f'"{name}", ' for name in extra)}
    (folder / "settings.py").write_text(SETTINGS.format(**named))
    for place, app in enumerate(apps):
        write_app(folder / app, app, apps[place - 1] if place else "")


def quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def write_app(folder: Path, app: str, before: str) -> None:
    """Write one app; its first model points to one of the app before it."""
    (folder / "migrations").mkdir(parents=True)
    for package in (folder, folder / "migrations"):
        (package / "__init__.py").touch()
    fields: dict[str, list[str]] = {model: [] for model in MODELS}
    if before:
        fields["Order"].append(f'parent = models.ForeignKey("{before}.Order", models.CASCADE, null=True)')
    indexes: dict[str, list[str]] = {model: [] for model in MODELS}
    write_migration(folder, app, 1, first_operations(before), before)
    for number in range(2, PER_APP + 1):
        write_migration(folder, app, number, later_operations(app, number, fields, indexes))
    text = "from django.db import models\n"
    for model in MODELS:
        text += f"\n\nclass {model}(models.Model):\n    name = models.CharField(max_length=40)\n"
        text += "".join(f"    {field}\n" for field in fields[model])
        text += f"\n    class Meta:\n        indexes = [{', '.join(indexes[model])}]\n"
    (folder / "models.py").write_text(text)


def first_operations(before: str) -> list[str]:
    link = f', ("parent", models.ForeignKey("{before}.Order", models.CASCADE, null=True))' if before else ""
    return [
        f'migrations.CreateModel("{model}", [("id", {KEY}), ("name", models.CharField(max_length=40))'
        f"{link if model == 'Order' else ''}])"
        for model in MODELS
    ]


def later_operations(app: str, number: int, fields: dict[str, list[str]], indexes: dict[str, list[str]]) -> list[str]:
    """Give what one migration does, and put the same into the models."""
    model = MODELS[number % len(MODELS)]
    if number % 10 == 0:
        return ["migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop)"]
    if number % 7 == 0:
        index = f'models.Index(fields=["name"], name="{app}_{number}_idx")'
        indexes[model].append(index)
        return [f'migrations.AddIndex("{model}", {index})']
    kind = ("CharField(max_length=20, null=True)", "IntegerField(null=True)", "DateTimeField(null=True)")[number % 3]
    fields[model].append(f"value{number} = models.{kind}")
    return [f'migrations.AddField("{model}", "value{number}", models.{kind})']


def write_migration(folder: Path, app: str, number: int, operations: list[str], before: str = "") -> None:
    parents = [f'("{app}", "{number - 1:04}_step")'] if number > 1 else []
    parents += [f'("{before}", "0001_step")'] if before else []
    text = "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
    text += f"    dependencies = [{', '.join(parents)}]\n\n    operations = [\n"
    text += "".join(f"        {each},\n" for each in operations) + "    ]\n"
    (folder / "migrations" / f"{number:04}_step.py").write_text(text)
