"""The table about locks is what was measured, and the page shows that table."""

import json
import sys

import pytest
from tests.repository import ROOT

sys.path.insert(0, str(ROOT / "scripts/benchmarks"))

from lock_table import CASES, FIGURES, PAGE, TABLE, summary, table

COLUMN = {"sql": "ALTER TABLE bench_m1 ADD x int", "scanned": [["bench_m1", 0]]}
READ = {"sql": "CREATE INDEX", "scanned": [["bench_m1", 9]], "rewritten": [["bench_m1"]]}


def told(seconds, *statements, error=None):
    held = {"bench_m1": {"ShareLock": 9, "AccessExclusiveLock": seconds}, "bench_parent": {"AccessShareLock": 1}}
    return {"held": held, "statements": statements, "error": error}


def test_the_page_shows_the_table_of_the_figures():
    figures = json.loads(FIGURES.read_text("utf-8"))

    assert TABLE.search(PAGE.read_text("utf-8"))[0] == table(figures)


def test_the_figures_are_of_the_operations_there_are_on_both_versions():
    figures = json.loads(FIGURES.read_text("utf-8"))

    assert (figures["rows"], list(figures["versions"])) == (100_000, ["18", "16"])
    for found in figures["versions"].values():
        assert [each["operation"] for each in found] == [case["name"] for case in CASES]


def test_of_several_runs_the_median_of_the_strongest_lock_counts():
    found = summary(0, [told(0.3, COLUMN), told(0.1, COLUMN), told(0.2, COLUMN)])

    assert found["locks"] == {"table": ["ACCESS EXCLUSIVE", 0.2]}
    assert (found["read"], found["rewritten"]) == (False, False)


def test_what_is_read_and_rewritten_is_told():
    found = summary(0, [told(0.3, COLUMN, READ)])

    assert (found["read"], found["rewritten"]) == (True, True)


@pytest.mark.parametrize(
    ("modes", "cell"),
    [
        (("SHARE", "SHARE"), "| SHARE | write | 10 ms | 10 ms | rewritten |"),
        (
            ("SHARE", "ACCESS EXCLUSIVE"),
            "| ACCESS EXCLUSIVE / SHARE | read, write / write | 10 ms | 10 ms | rewritten / read |",
        ),
    ],
)
def test_versions_that_differ_are_told_so(modes, cell):
    one, other = (
        {"operation": "x", "locks": {"table": [mode, 0.01]}, "read": True, "rewritten": mode == "SHARE", "stops": ""}
        for mode in modes
    )
    text = table(
        {
            "measured": "",
            "commit": "",
            "cores": 2,
            "load": "1",
            "rows": 1,
            "times": 1,
            "versions": {"18": [one], "16": [other]},
        }
    )

    assert cell in text
