"""The table of what was tried: it counts what came out alike, and the published one is whole."""

import re
from collections import Counter

from tests.runbooks.conftest import ROOT
from tests.runbooks.killing import LEAST
from tests.runbooks.trials import ROW, table, text

import deploy
import roll_back_release

PUBLISHED = ROOT / "docs" / "reference" / "nothing-lost.txt"


def test_what_came_out_alike_is_one_row():
    told = table([["killed", "a: 1", "fine"], ["killed", "a: 1", "fine"], ["killed", "a: 1", "again"]])

    assert [match.group("times", "happened") for match in ROW.finditer(told)] == [("1", "again"), ("2", "fine")]
    assert told.endswith("3 trials.")


def test_what_is_added_is_counted_with_what_was_published():
    first = text("Tried on Monday.", [["killed", "a: 1", "fine"], ["a disk with `x\\|y`", "a, b", "failed"]])

    both = text("Tried on Tuesday.", [["killed", "a: 1", "fine"]], first + "\n")

    assert both.startswith("Tried on Monday.\n\nTried on Tuesday.\n\n| tried |")
    assert [match.group("on", "times") for match in ROW.finditer(both)] == [("a, b", "1"), ("a: 1", "2")]
    assert both.endswith("3 trials.")


def test_every_step_of_a_deployment_and_of_a_way_back_was_killed():
    """A run that is ended early must not be the table's last word: what changes the database comes last in it."""
    killed = {row["on"] for row in ROW.finditer(PUBLISHED.read_text()) if row["what"].startswith("killed")}
    ways = {row["happened"] for row in ROW.finditer(PUBLISHED.read_text()) if "by way of" in row["happened"]}

    wanted = {
        f"{runbook.__name__}: {number}. {step.title}"
        for runbook in (deploy, roll_back_release)
        for number, step in enumerate(runbook.STEPS, 1)
    }
    assert sorted(wanted - killed) == []
    assert {way.partition("by way of ")[2].partition(";")[0] for way in ways} == {"reverse", "restore"}


def test_every_runbook_was_killed_at_enough_moments():
    kills = Counter()
    for row in ROW.finditer(PUBLISHED.read_text()):
        if row["what"].startswith("killed"):
            kills[row["on"].split(":")[0]] += int(row["times"])

    assert set(kills) == {"backup_database", "verify_backup", "restore_database", "deploy", "roll_back_release"}
    assert min(kills.values()) >= LEAST, kills


def test_every_other_trial_is_published():
    source = (ROOT / "tests" / "runbooks" / "test_nothing_lost.py").read_text().rpartition("def test_")[0]
    tried = re.findall(r'tried\(\s*f?"([^"{]+)', source)
    published = {row["what"] for row in ROW.finditer(PUBLISHED.read_text())}

    missing = [what for what in tried if not any(each.startswith(what.rstrip("`")) for each in published)]
    assert (len(tried) > 10, missing) == (True, [])
