"""Migrations of one operation each, every one on a table of its own: for the lock table and the test of verdicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text("utf-8"))
IMPORTS = """\
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import migrations, models


def nothing(apps, editor):
    pass


def in_batches(apps, editor):
    for first in range(1, {rows}, {batch}):
        apps.get_model("bench", model).objects.filter(pk__range=(first, first + {batch} - 1)).update(k=2)


"""
TEXT = """\
model = "{model}"
table = "bench_{model}"


class Migration(migrations.Migration):
    atomic = {atomic}
    dependencies = [{parent}]
    operations = [
        {operation},
    ]
"""
KEY = '("id", models.BigAutoField(primary_key=True))'
MODEL = (
    f'migrations.CreateModel("{{name}}", [{KEY}, ("n", models.CharField(max_length=20, null=True)), '
    '("k", models.IntegerField(null=True))])'
)


def app_files(rows: int) -> dict[str, str]:
    """Give the files of an app whose first migration makes the tables, and whose others do one operation each."""
    tables = [MODEL.format(name=name) for name in ("Parent", *(f"M{number}" for number in numbers()))]
    prepared = [
        f'migrations.RunSQL("{case["prepare"].format(table=f"bench_m{number}")}", "")'
        for number, case in zip(numbers(), CASES, strict=True)
        if "prepare" in case
    ]
    files = {"bench/__init__.py": "", "bench/migrations/__init__.py": ""}
    first = TEXT.format(model="", atomic=True, parent="", operation=",\n        ".join(tables + prepared))
    files["bench/migrations/0001_initial.py"] = IMPORTS.format(rows=rows, batch=1) + first
    parent = "0001_initial"
    for number, case in zip(numbers(), CASES, strict=True):
        words = {"model": f"m{number}", "atomic": case.get("atomic", True), "parent": f'("bench", "{parent}")'}
        parent = f"{number + 1:04}_case"
        text = TEXT.format(**words, operation=case["operation"])
        files[f"bench/migrations/{parent}.py"] = IMPORTS.format(rows=rows, batch=max(rows // 10, 1)) + text
    return files


def numbers() -> range:
    return range(1, len(CASES) + 1)


def rows_sql(rows: int) -> list[str]:
    """Give the statements that fill every table."""
    tables = ["bench_parent", *(f"bench_m{number}" for number in numbers())]
    fill = "(n, k) SELECT 'n' || i, i FROM generate_series(1, {rows}) i"
    return [f"INSERT INTO {each} {fill.format(rows=rows)}" for each in tables]
