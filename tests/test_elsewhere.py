"""The page about other projects is what a run has written, of what is locked, and the trials would notice a loss."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOORS = ROOT / "scripts/elsewhere"
TOLD = json.loads((ROOT / "docs/reference/elsewhere.json").read_text("utf-8"))
PUBLIC = ("django-oscar", "wagtail")


@pytest.fixture
def modules(monkeypatch):
    monkeypatch.syspath_prepend(str(DOORS))
    import places  # noqa: PLC0415
    import run  # noqa: PLC0415
    import running  # noqa: PLC0415
    import table  # noqa: PLC0415
    import trials  # noqa: PLC0415

    return {"places": places, "run": run, "running": running, "table": table, "trials": trials}


def test_the_table_is_what_the_run_has_written(modules):
    assert modules["table"].table(TOLD) == (ROOT / "docs/reference/elsewhere.txt").read_text("utf-8")


def test_all_places_were_tried_and_each_of_what_is_promised(modules):
    assert {each["name"] for each in TOLD["places"]} == {each.name for each in modules["places"].PLACES}
    promised = {"validate", "back up", "verify", "restore and switch", "undo the restore"}
    promised |= {"repair the history", "deploy a migration", "roll it back"}
    for place in TOLD["places"]:
        assert promised <= {each["what"] for each in place["trials"]}, place["name"]


def test_every_command_on_the_page_is_a_runbook():
    named = {each["command"].split()[0] for place in TOLD["places"] for each in place["trials"]}

    assert named
    assert [name for name in named if not (ROOT / "runbooks" / f"{name}.py").exists()] == []


@pytest.mark.parametrize("name", PUBLIC)
def test_the_commands_of_the_readme_were_run_there(name):
    """They validate, back up, restore and roll back on projects that are not ours, and end well."""
    readme = re.findall(r"`python runbooks/(\w+)\.py ?([^`]*)`", (ROOT / "README.md").read_text("utf-8"))
    [told] = [each for each in TOLD["places"] if each["name"] == name]
    ended_well = [each["command"].split() for each in told["trials"] if each["exit"] == 0]

    wanted = {"validate_migrations", "backup_database", "restore_database", "roll_back_release", "repair_history"}
    found = {
        runbook
        for runbook, flags in readme
        for command in ended_well
        if command[0] == runbook and command[1 : 1 + len(flags.split())] == flags.split()
    }
    assert found >= wanted, wanted - found


@pytest.mark.parametrize("name", PUBLIC)
def test_the_versions_on_the_page_are_those_that_are_locked(name, modules):
    [place] = [each for each in modules["places"].PLACES if each.name == name]
    [told] = [each for each in TOLD["places"] if each["name"] == name]
    locked = (ROOT / "requirements" / f"{place.lock}.txt").read_text("utf-8").lower()

    assert set(told["versions"]) == set(place.packages)
    for package, version in told["versions"].items():
        assert f"\n{package.lower()}=={version} " in locked


@pytest.mark.parametrize("name", ["elsewhere-oscar", "elsewhere-wagtail"])
def test_what_is_installed_is_held_by_hashes_and_names_no_index(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")

    packages = re.findall(r"^\S+==", text, re.MULTILINE)
    assert len(packages) > 10
    assert len(re.findall(r"^\S+==.*\\\n    --hash=sha256:", text, re.MULTILINE)) == len(packages)
    assert "://" not in text


def test_the_page_names_no_path_of_a_machine():
    text = (ROOT / "docs/reference/elsewhere.txt").read_text("utf-8")

    assert re.findall(r"/(?:tmp|root|home|var)/\S+", text) == []


def test_what_a_check_said_is_counted(modules):
    said = {
        "checks": [{"status": "passed"}, {"status": "passed"}, {"status": "could-not-check"}],
        "findings": [
            {"severity": "error", "fault": "TEN101", "check": "admin"},
            {"severity": "error", "fault": "TEN101", "check": "admin"},
            {"severity": "warning", "fault": "", "check": "views"},
        ],
    }

    assert modules["trials"].checks(json.dumps(said)) == "2 passed, 1 could not check; 2 x TEN101; 1 warnings"


def test_why_a_repair_stopped_is_told(modules):
    steps = [{"says": ["it is open"], "status": "done"}, {"says": ["too old", "hint: newer"], "status": "refused"}]

    assert modules["trials"].steps(json.dumps({"steps": steps})) == "too old"
    assert modules["trials"].steps(json.dumps({"steps": steps[:1]})) == "it is open"


def test_a_lost_row_and_a_changed_row_are_noticed(modules):
    run = modules["run"]

    class Held(run.Site):
        def __init__(self, lines):
            self.place, self.lines, self.socket, self.database = modules["places"].PLACES[0], lines, "", ""

        def run(self, *words):
            return "\n".join(self.lines)

    before = Held(["INSERT INTO a VALUES (1);", "INSERT INTO a VALUES (2);"]).holds()
    for lines in (["INSERT INTO a VALUES (1);"], ["INSERT INTO a VALUES (1);", "INSERT INTO a VALUES (3);"]):
        with pytest.raises(run.Unexpected, match="after it, 2 lines before"):
            Held(lines).compare(before, "after it")
    Held(["\\restrict x", *reversed(before)]).compare(before, "after it")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CHECK (((a)::text = ANY ((ARRAY['x'::character varying])::text[])))",
         "CHECK ((a)::text = ANY (ARRAY[('x'::character varying)::text]))"),
    ],
)  # fmt: skip
def test_an_expression_is_the_same_however_its_casts_are_written(modules, one, other):
    plain = modules["running"].plain

    assert plain(one) == plain(other)
    assert plain(one) != plain(other.replace("'x'", "'y'"))


def test_a_place_that_is_none_is_a_mistake():
    done = subprocess.run(
        [sys.executable, DOORS / "run.py", "nowhere"], text=True, capture_output=True, check=False, cwd=ROOT
    )

    assert done.returncode == 2
    assert "there is no place nowhere" in done.stderr


def test_what_ends_otherwise_than_it_must_stops_the_run(modules, tmp_path):
    run, trials = modules["run"], modules["trials"]
    site = run.Site.__new__(run.Site)
    site.place, site.folder, site.socket, site.trials = modules["places"].PLACES[0], tmp_path, "/nowhere", []
    site.environment = {"PATH": "/usr/bin:/bin"}

    with pytest.raises(run.Unexpected, match="django-oscar: validate ended with 2"):
        site.attempt(trials.Trial("validate", "validate_migrations", ("--json",), (0,), trials.checks))
    assert site.trials == []
