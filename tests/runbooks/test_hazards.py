"""What is a hazard and what is none, by what PostgreSQL does: the cases are in cases/hazards.yml."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.runbooks.conftest import PROJECT, Shop, environment_for, serving
from tests.runbooks.judged import Judged, judge

CASES = yaml.safe_load(Path(__file__).with_name("cases").joinpath("hazards.yml").read_text())
ROWS = 1000
TEXT = """from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import migrations, models


def nothing(apps, editor):
    pass


def in_batches(apps, editor):
    for first in range(1, {rows}, 100):
        apps.get_model("bench", model).objects.filter(pk__range=(first, first + 99)).update(k=2)


model = "m{number}"


class Migration(migrations.Migration):
    atomic = {atomic}
    dependencies = [("bench", "{parent}"), ("stock", "0002_weight")]
    operations = [
{operations}
    ]
"""
MODEL = (
    'migrations.CreateModel("M{number}", [("id", models.BigAutoField(primary_key=True)), '
    '("n", models.CharField(max_length=20, null=True)), ("k", models.IntegerField(null=True))]),'
)


def write(shop, name, parent, **words):
    words = {"number": 0, "atomic": True, "rows": ROWS} | words
    (shop.folder / f"bench/migrations/{name}.py").write_text(TEXT.format(parent=parent, **words))


def make_bench(shop):
    """Give the project an app with a table with rows for each case, and a migration for each that waits."""
    (shop.folder / "bench/migrations").mkdir(parents=True)
    (shop.folder / "bench/__init__.py").touch()
    (shop.folder / "bench/migrations/__init__.py").touch()
    shop.edit("shop/settings.py", '"sales"]', '"sales", "bench"]')
    numbers = range(1, len(CASES) + 1)
    tables = "\n".join(MODEL.format(number=number) for number in numbers)
    write(shop, "0001_initial", "0002_weight", operations=tables)
    shop.edit("bench/migrations/0001_initial.py", '("bench", "0002_weight"), ', "")
    shop.manage("migrate", "-v", "0")
    for number in numbers:
        shop.sql(f"INSERT INTO bench_m{number} (n, k) SELECT 'n' || i, i FROM generate_series(1, {ROWS}) i")
    parent = "0001_initial"
    for number, case in zip(numbers, CASES, strict=True):
        name = f"{number + 1:04}_case"
        operations = f"        {case['operation']},"
        write(shop, name, parent, operations=operations, number=number, atomic=case.get("atomic", True))
        parent = name


@pytest.fixture(scope="module", params=["18", pytest.param("16", marks=pytest.mark.slow)])
def bench(request, cache, tmp_path_factory) -> Iterator[tuple[Shop, Judged]]:
    with serving("pginstall18" if request.param == "18" else "pginstall", f"bench-{request.param}-") as server:
        server.sql("CREATE DATABASE bench OWNER depot")
        folder = tmp_path_factory.mktemp("bench")
        shutil.copytree(PROJECT, folder / "project", ignore=shutil.ignore_patterns("__pycache__"))
        environment = environment_for(server, "bench", cache) | {"HOME": str(folder), "TMPDIR": str(folder)}
        shop = Shop(server, folder / "project", "bench", environment)
        make_bench(shop)
        yield shop, judge(shop)


@pytest.mark.parametrize("number", range(1, len(CASES) + 1), ids=[case["name"] for case in CASES])
def test_the_verdict_on_an_operation(bench, number):
    _, judged = bench
    case = CASES[number - 1]
    path = f"bench/migrations/{number + 1:04}_case.py"
    found = [each for each in judged.told["findings"] if each["path"] == path]

    assert sorted(each["fault"] for each in found if each["check"] == "lock-hazards") == case["hazards"]
    assert {each["severity"] for each in found if each["check"] == "lock-hazards"} <= {"warning"}
    assert {each["line"] for each in found if each["check"] in {"lock-hazards", "rehearsal"}} <= {22}, judged.text
    assert [each["fault"] for each in found if each["check"] == "rehearsal"] == ["MIG213"] * case.get("stops", False)
    back = [each["fault"] for each in found if each["check"] == "reversible"]
    assert back == ["MIG113"] * case.get("irreversible", False)


def test_every_case_was_really_run(bench):
    _, judged = bench
    told = [note for note in judged.check("rehearsal")["notes"] if note.startswith("bench.")]

    assert len(told) == len(CASES), judged.text
