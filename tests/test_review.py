"""A review counts what logs, records and journals tell; what they do not tell is said, and never shown as 0."""

from __future__ import annotations

import functools
import json
import re
import subprocess
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from tests.repository import CASES, ROOT

from proofbook.cli import main
from proofbook.commands import review as command
from proofbook.errors import ProofbookError
from proofbook.pages.page import parse_page
from proofbook.pages.reading import readable_pages
from proofbook.pages.signatures import Catalogue
from proofbook.review import figures
from proofbook.review.deployments import Deployment
from proofbook.review.figures import CATEGORIES, Figure, category, count
from proofbook.review.reading import read_all
from proofbook.review.recurrences import Taught, first_commits, taught
from proofbook.review.review import make_review
from proofbook.review.telling import as_json, as_markdown, as_text, tables
from proofbook.review.watching import CI, DEPLOYMENT, FAILED, HOOK, WELL
from proofbook.settings import read_settings
from proofbook.site.edition import read_edition

DAY = datetime(2026, 11, 1, 10, tzinfo=UTC)
NONE = Taught({}, "there are no lessons here")
LOGS = CASES / "signatures"
DEEP = b"[" * 100_000 + b"]" * 100_000


def deployment(ended: str = WELL, *faults: str, hour: int = 0, **words) -> Deployment:
    words = {"place": "uat", "layer": DEPLOYMENT, "at": DAY + timedelta(hours=hour), **words}
    return Deployment("run", ended=ended, faults=list(faults), **words)


def rate(name: str, *ones: Deployment, lessons: Taught = NONE) -> Figure:
    return next(each for each in count(ones, lessons).rates if each.name == name)


def layer(name: str, *ones: Deployment) -> Figure:
    return next(each for each in count(ones, NONE).layers if each.name == name)


def step(title: str, status: str = "done", undo: str = "", *says: str) -> dict[str, object]:
    return {"title": title, "status": status, "undo": undo, "says": list(says)}


def record(code: int, *steps: dict[str, object], at: str = "2026-11-01T10:00:00+00:00", **words) -> str:
    return json.dumps({"at": at, "runbook": "deploy", "exit": code, "mode": "apply", "steps": steps, **words})


HELD = step("Hold the lock", "done", "none needed")
BACKED_UP, MIGRATED = step("Back up", "done", "none needed"), step("Migrate", "done", "by itself")


def codes(*known: str):
    return [page for page in real_pages() if page.fault in known]


def read(folder, **files: str):
    for name, text in files.items():
        (folder / name.replace("__", "/").replace("_dot_", ".")).parent.mkdir(parents=True, exist_ok=True)
        (folder / name.replace("__", "/").replace("_dot_", ".")).write_text(text, "utf-8")
    return read_all([folder], Catalogue(codes("MIG102")))


# how many deployments, and how they ended


def test_the_success_rate_is_of_those_whose_end_is_known():
    found = rate("Success rate", deployment(), deployment(FAILED), deployment(FAILED), deployment(""))

    assert (found.shown, found.value, found.of) == ("1 of 3 (33%)", 1 / 3, 3)


def test_a_success_rate_that_nobody_can_know_is_no_zero():
    found = rate("Success rate", deployment(""))

    assert (found.shown, found.value, found.unknown) == ("", None, figures.NO_END)


def test_checks_before_a_deployment_are_no_deployments():
    found = rate("Deployments", deployment(), deployment(FAILED, layer=CI), deployment(FAILED, layer=HOOK))

    assert found.value == 1


def test_no_deployment_at_all_is_said():
    assert rate("Deployments", deployment(layer=CI)).unknown


# migrations


def test_the_migration_failure_rate_counts_failures_with_a_fault_of_migrations():
    ones = (deployment(FAILED, "MIG201"), deployment(FAILED, "ENV101"), deployment(WELL, "MIG215"), deployment())

    assert rate("Migration failure rate", *ones).shown == "1 of 4 (25%)"


def test_a_failure_without_a_named_fault_makes_the_rate_a_lower_bound():
    found = rate("Migration failure rate", deployment(FAILED, "MIG201"), deployment(FAILED))

    assert found.shown == "at least 1 of 2 (50%); of 1 that failed no log names the fault"


# time to resolution


def test_it_is_resolved_by_the_next_that_ends_well_in_the_same_place():
    ones = (
        deployment(FAILED, hour=0),
        deployment(FAILED, hour=1),
        deployment(WELL, hour=1, place="prod"),
        deployment(WELL, hour=3),
        deployment(FAILED, hour=10),
        deployment(WELL, hour=11),
    )

    found = rate("Time to resolution", *reversed(ones))

    assert (found.value, found.of) == (2 * 3600, 2)
    assert found.shown == "median 2.0 h, longest 3.0 h, of 2"


def test_what_was_not_resolved_has_no_time():
    found = rate("Time to resolution", deployment(WELL, hour=0), deployment(FAILED, hour=1))

    assert (found.value, found.unknown) == (None, "1 not resolved in what was given")


def test_without_times_there_is_no_time_to_resolution():
    found = rate("Time to resolution", deployment(FAILED, at=None), deployment(WELL, at=None))

    assert (found.value, found.unknown) == (None, "1 without a time")


# backups and ways back


def test_a_backup_counts_where_something_was_changed_or_deployed():
    ones = (
        deployment(backup=True),
        deployment(backup=False),
        deployment(FAILED, backup=True, changed=True),
        deployment(FAILED, backup=False, changed=False),
        deployment(backup=None),
    )

    assert rate("Deployments with a verified backup", *ones).shown == "2 of 3 (67%); of 1 it is not told"


def test_a_backup_of_all_that_tell_is_shown_as_it_is():
    ones = (deployment(backup=True), deployment(FAILED), deployment(FAILED, changed=False))

    assert rate("Deployments with a verified backup", *ones).shown == "1 of 1 (100%)"


def test_whether_there_was_a_backup_can_be_unknown():
    assert rate("Deployments with a verified backup", deployment()).unknown


def test_ways_back_are_counted_where_one_was_tried():
    ones = (deployment(FAILED, back=True), deployment(FAILED, back=False), deployment(FAILED))

    assert rate("Successful rollbacks", *ones).shown == "1 of 2 (50%)"
    assert rate("Successful rollbacks", deployment()).unknown


# who caught it


@pytest.mark.parametrize(("name", "words"), [(HOOK, "a hook"), (CI, "CI"), (DEPLOYMENT, "a deployment")])
def test_each_layer_has_what_it_stopped(name, words):
    ones = (deployment(FAILED, layer=name), deployment(WELL, layer=name))

    assert layer(f"Caught by {words}", *ones).shown == "1 of 2"
    assert layer(f"Caught by {words}", deployment(layer="")).unknown


# faults


def test_a_fault_has_its_times_and_its_first_and_last_day():
    ones = [deployment(FAILED, "MIG201", "MIG201", hour=hour) for hour in (30, 0, 50)]

    [found] = count([*ones, deployment(FAILED, "MIG201", at=None)], NONE).faults

    assert (found.times, found.undated) == (4, 1)
    assert (found.first, found.last) == (DAY, DAY + timedelta(hours=50))


def test_a_recurrence_is_what_was_seen_after_the_lesson():
    lessons = Taught({"MIG201": DAY + timedelta(hours=5)})
    ones = [deployment(FAILED, "MIG201", hour=hour) for hour in (0, 4, 6)] + [deployment(FAILED, "ENV101", hour=9)]

    found = count(ones, lessons)

    assert {each.code: each.recurrences for each in found.faults} == {"MIG201": 1, "ENV101": None}
    assert rate("Recurrences after a lesson", *ones, lessons=lessons).shown == "1 of 3 with a date"


@pytest.mark.parametrize(
    ("lessons", "at", "why"),
    [
        (NONE, DAY, "there are no lessons here"),
        (Taught({"ENV101": DAY}), DAY, "no lesson names a fault that was seen"),
        (Taught({"MIG201": DAY}), None, "nothing that was given says when it happened"),
    ],
    ids=["no lessons", "none of this", "no date"],
)
def test_recurrences_can_be_unknown(lessons, at, why):
    found = rate("Recurrences after a lesson", deployment(FAILED, "MIG201", at=at), lessons=lessons)

    assert (found.value, found.unknown) == (None, why)


def test_failures_are_counted_by_the_category_of_their_first_cause():
    ones = (
        deployment(FAILED, "MIG201", "ENV101"),
        deployment(FAILED, "MIG208"),
        deployment(FAILED, "MIG101"),
        deployment(FAILED, unknown=2),
        deployment(FAILED),
        deployment(),
    )

    assert count(ones, NONE).categories == [
        ("SQL while migrating", 2),
        (figures.UNNAMED, 1),
        ("Migration graph and history", 1),
        (figures.UNTOLD, 1),
    ]


def test_every_fault_has_the_category_under_which_the_site_shows_it():
    nav = (ROOT / "mkdocs.yml").read_text("utf-8")

    for page in (ROOT / "docs" / "faults").glob("[A-Z]*.md"):
        assert category(page.stem) in CATEGORIES.values(), page.stem
    for start, name in CATEGORIES.items():
        assert f"- {name}: [faults/{start}*.md]" in nav


# since when a lesson is there


def test_a_lesson_is_there_since_its_first_commit(tmp_path):
    lesson = "---\ntitle: Name\nrule: Name it\nwhy: x\nby_hand: y\n---\n# Name\n[MIG201](../../faults/MIG201.md)\n"
    path = "docs/lessons/code/name.md"
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(lesson)
    git = ["git", "-C", tmp_path, "-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    for day in ("2026-01-05", "2026-02-06"):
        subprocess.run([*git, "add", "."], check=True)
        when = {"GIT_COMMITTER_DATE": f"{day}T10:00:00+00:00", "PATH": "/usr/bin:/bin"}
        subprocess.run([*git, "commit", "--quiet", "-m", "x", "--allow-empty"], check=True, env=when)
        (tmp_path / path).write_text(lesson + day)

    pages = [parse_page(path, lesson, lambda _: "")]

    assert taught(pages, tmp_path).since == {"MIG201": datetime(2026, 1, 5, 10, tzinfo=UTC)}


def test_a_lesson_that_was_renamed_is_there_since_it_has_its_name(tmp_path):
    git = ["git", "-C", tmp_path, "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "diff.renames=true"]
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    subprocess.run([*git, "config", "diff.renames", "true"], check=True)
    (tmp_path / "old.md").write_text("a lesson\n" * 20)
    for words in (["add", "."], ["commit", "--quiet", "-m", "x"], ["mv", "old.md", "new.md"]):
        subprocess.run([*git, *words], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "x"], check=True)

    assert {*first_commits(tmp_path, ["docs.md", "old.md", "new.md"])} >= {"new.md"}


def test_every_lesson_here_has_its_day():
    kept = ["git", "-C", ROOT, "ls-tree", "-r", "--name-only", "HEAD", "docs/lessons"]
    known = subprocess.run(kept, capture_output=True, text=True, check=True).stdout.splitlines()
    lessons = {each.page.path for each in read_edition(ROOT).lessons} & {*known}

    found = first_commits(ROOT, lessons)
    if not found:
        pytest.skip("this is no clone with its whole history")

    assert lessons
    assert lessons - found.keys() == set()


def test_without_a_history_nobody_knows(tmp_path):
    assert first_commits(tmp_path, ["a.md"]) == {}


# reading


def test_a_record_of_a_deployment_is_one(tmp_path):
    found = read(tmp_path, deploy_dot_jsonl=record(0, HELD, BACKED_UP, MIGRATED) + "\n" + record(1, HELD))

    well, failed = found.deployments
    assert (well.ended, well.backup, well.changed, well.at) == (WELL, True, True, DAY)
    assert (failed.ended, failed.backup, failed.changed, failed.back) == (FAILED, False, False, None)


@pytest.mark.parametrize(("says", "back"), [("back: as before", True), ("IT COULD NOT GO BACK: no", False)])
def test_a_record_tells_whether_it_went_back(tmp_path, says, back):
    found = read(tmp_path, deploy_dot_jsonl=record(1, HELD, step("Migrate", "failed", "x", says)))

    assert [each.back for each in found.deployments] == [back]


def test_a_plan_and_a_run_with_nothing_to_do_are_no_deployments(tmp_path):
    nothing = record(0, step("Open", "done"), step("Hold the lock", "nothing-to-do", "x"))
    found = read(tmp_path, deploy_dot_jsonl=record(1, HELD, mode="plan") + "\n" + nothing)

    assert found.deployments == []


def test_a_record_of_checks_is_of_ci_and_has_their_faults(tmp_path):
    finding = {"check": "leaves", "fault": "MIG102", "severity": "error"}
    warning = {"check": "code", "fault": "ENV118", "severity": "warning"}
    line = record(1, mode="check", runbook="validate_migrations", findings=[finding, warning])

    [found] = read(tmp_path, validate_migrations_dot_jsonl=line).deployments

    assert (found.layer, found.ended, found.faults) == (CI, FAILED, ["MIG102"])


def test_a_way_back_of_its_own_is_counted(tmp_path):
    found = read(tmp_path, roll_back_release_dot_jsonl=record(0, HELD, runbook="roll_back_release"))

    assert rate("Successful rollbacks", *found.deployments).shown == "1 of 1 (100%)"


def test_a_journal_tells_of_each_release(tmp_path):
    events = [
        {"event": "began", "at": "2026-11-01T10:00:00+00:00", "release": "v2"},
        {"event": "backed up"},
        {"event": "migrates"},
        {"event": "deployed"},
        {"event": "began", "at": "2026-11-02T10:00:00+00:00", "release": "v3"},
        {"event": "gave up"},
        {"event": "goes back", "undoes": [1]},
        {"event": "went back", "undoes": [1]},
    ]

    second, third = read(tmp_path, depot_dot_releases_dot_jsonl="\n".join(map(json.dumps, events))).deployments

    assert (second.ended, second.backup, second.changed, second.back) == (WELL, True, True, True)
    assert (third.ended, third.backup, third.changed, third.back) == (FAILED, False, False, None)


def test_a_journal_and_the_records_beside_it_are_counted_once(tmp_path):
    began = json.dumps({"event": "began", "at": "2026-11-01T10:00:00+00:00", "release": "v2"})
    found = read(tmp_path, depot_dot_releases_dot_jsonl=began, deploy_dot_jsonl=record(0, HELD))

    assert (len(found.deployments), len(found.notes)) == (1, 1)


def test_a_log_beside_one_record_is_of_the_same_deployment(tmp_path):
    log = (LOGS / "MIG201" / "psycopg2-compose.log").read_text("utf-8")
    (tmp_path / "deploy.jsonl").write_text(record(1, HELD))
    (tmp_path / "deploy.log").write_text(log)

    review = make_review([tmp_path], real_pages(), ROOT)

    assert [each.faults for each in review.read.deployments] == [["MIG201"]]


CHECKED = "2026-11-01T09:00:00Z ##[error]Process completed with exit code 1.\n         error MIG102 two\n"


@pytest.mark.parametrize(
    "others", [{}, {"deploy_dot_log": "deploy: Deploy a release: x\n"}], ids=["alone", "beside its log"]
)
def test_a_log_of_ci_beside_one_record_is_of_no_deployment(tmp_path, others):
    found = read(tmp_path, deploy_dot_jsonl=record(0, HELD), ci_dot_log=CHECKED, **others)

    one, check = found.deployments
    assert (one.layer, one.ended, one.faults) == (DEPLOYMENT, WELL, [])
    assert (check.layer, check.ended, check.faults) == (CI, FAILED, ["MIG102"])
    assert layer("Caught by CI", *found.deployments).shown == "1 of 1"


def test_logs_that_no_record_can_be_paired_with_are_counted_for_their_faults_only(tmp_path):
    head = "deploy: Deploy a release: check\n"
    two = record(0, HELD) + "\n" + record(1, HELD)
    found = read(tmp_path, deploy_dot_jsonl=two, one_dot_log=head, two_dot_log=head)

    assert (sum(each.is_one for each in found.deployments), len(found.notes)) == (2, 1)


@pytest.mark.parametrize(
    ("log", "layer", "ended"),
    [
        ("2026-11-01T10:00:00Z ##[error]Process completed with exit code 1.\n", CI, FAILED),
        ("- hook id: validate-migrations\n- exit code: 1\n", HOOK, FAILED),
        ("deploy: Deploy a release: x\n     the deployment failed; it is told above what\n", DEPLOYMENT, FAILED),
        ("deploy: Deploy a release: x\n13. Record the release\n     note\n     done\nDone.\n", DEPLOYMENT, WELL),
        ("deploy: Deploy a release: x\n 4. Check\n     refused\n", DEPLOYMENT, FAILED),
        ("Starting the server\n", "", ""),
    ],
    ids=["actions", "pre-commit", "failed", "well", "refused", "anything"],
)
def test_a_log_tells_its_layer_and_its_end_only_where_it_does(tmp_path, log, layer, ended):
    [found] = read(tmp_path, run_dot_log=log).deployments

    assert (found.layer, found.ended) == (layer, ended)


BEGINS = "deploy: Deploy a release: x\n"
DONE = "13. Record the release\n     note\n     done\nDone.\n"
BROKE = "     the deployment failed; it is told above what\n"


@pytest.mark.parametrize(("log", "ended"), [(DONE + BROKE, FAILED), (BROKE + DONE, WELL)], ids=["failed", "well"])
def test_what_a_log_tells_last_is_how_it_ended(tmp_path, log, ended):
    [found] = read(tmp_path, run_dot_log=BEGINS + log).deployments

    assert found.ended == ended


def test_a_log_has_the_time_it_says_and_not_that_of_its_file(tmp_path):
    found = read(tmp_path, a_dot_log="2026-11-01T10:00:00Z begin\n", b_dot_log="begin 2026-13-41T10:00:00Z\n")

    assert [each.at for each in found.deployments] == [DAY, None]


def test_codes_that_a_runbook_names_in_a_log_count(tmp_path):
    log = "     ✗ leaves  x\n         error MIG102 two\n         ~/a.py:1: error MIG112 edited\n"
    log += "         error XXX999 no\n"
    (tmp_path / "run.log").write_text(log)

    assert make_review([tmp_path], real_pages(), ROOT).read.deployments[0].faults == ["MIG102", "MIG112"]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("picture.log", bytes(range(1, 32)) * 99, "is no text"),
        ("empty.log", b"", "the log is empty"),
        ("deploy.jsonl", b'{"runbook": "deploy"}\n', "is no record of a run: it lacks 'at'"),
        ("other.jsonl", b'{"a": 1}\n', "holds JSON, and neither records of runs nor a journal of releases"),
        ("more.zip", b"PK", "is an archive inside of what was given: name it by itself"),
        ("more.7z", b"7z", "is an archive of a kind that is not read: unpack it, and name the folder"),
        ("rehearsal.json", b"[]", "is no JSON object"),
        ("deep.jsonl", DEEP + b'\n{"a": 1}\n', "holds JSON, and neither records of runs nor a journal of releases"),
    ],
)
def test_what_is_no_log_is_left_aside_with_the_reason(tmp_path, name, content, why):
    (tmp_path / name).write_bytes(content)

    assert read(tmp_path).left_aside == [(f"{tmp_path}/{name}", why)]


def test_a_rehearsal_that_is_nested_without_end_is_left_aside(tmp_path):
    (tmp_path / "rehearsal.json").write_bytes(DEEP)

    [(_, why)] = read(tmp_path).left_aside
    assert why.startswith(("is no JSON: ", "is no JSON object"))


@pytest.mark.parametrize("fault", [101, ["MIG102"], "password=hunter2", "XXX999"])
def test_what_a_record_calls_a_fault_and_no_page_knows_is_an_unknown_error(tmp_path, fault):
    finding = {"check": "leaves", "fault": fault, "severity": "error"}
    line = record(1, mode="check", runbook="validate_migrations", findings=[finding, {**finding, "fault": "MIG102"}])
    (tmp_path / "checks.jsonl").write_text(line)

    review = make_review([tmp_path], codes("MIG102"), ROOT)

    [one] = review.read.deployments
    assert (one.faults, one.unknown) == (["MIG102"], 1)
    told = as_text(review) + as_markdown(review) + json.dumps(as_json(review))
    assert ("MIG102" in told, "hunter2" in told, "999" in told) == (True, False, False)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.log", b""), ("a.log", bytes(range(1, 32)) * 99), ("b.jsonl", b'{"runbook": "deploy"}\n'), ("c.7z", b"7z")],
    ids=["empty", "binary", "torn", "archive"],
)
def test_one_file_that_is_no_log_does_not_hinder_those_named_beside_it(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    (tmp_path / "deploy.jsonl").write_text(record(0, HELD))

    found = read_all(sorted(tmp_path.iterdir()), Catalogue([]))

    assert (len(found.deployments), [each for each, _ in found.left_aside]) == (1, [f"{tmp_path}/{name}"])


def test_a_line_that_a_kill_has_torn_tells_nothing(tmp_path):
    found = read(tmp_path, deploy_dot_jsonl=record(0, HELD) + "\n" + record(1, HELD)[:40])

    assert len(found.deployments) == 1


def test_nothing_to_review_is_told(tmp_path):
    with pytest.raises(ProofbookError, match="no log and no record was found there"):
        make_review([tmp_path], [], ROOT)


# telling


@functools.cache
def real_pages():
    return list(readable_pages(read_settings(ROOT)))


def reviewed(tmp_path, **files: str):
    read(tmp_path, **files)
    return make_review([tmp_path], [], ROOT)


def test_no_cell_that_is_unknown_shows_a_number(tmp_path):
    review = reviewed(tmp_path, run_dot_log="Starting\n")

    rows = dict(next(rows for title, _, rows in tables(review) if title == "Figures"))
    assert len(rows) == 10
    assert all(value.startswith("not known: ") for value in rows.values()), rows


def test_a_program_reads_null_with_the_reason(tmp_path):
    told = as_json(reviewed(tmp_path, run_dot_log="Starting\n"))

    assert all(each["value"] is None and each["unknown"] for each in told["figures"])
    assert json.loads(json.dumps(told)) == told


def test_a_bar_in_a_name_does_not_end_a_cell(tmp_path):
    (tmp_path / "a|b").mkdir()
    told = as_markdown(reviewed(tmp_path / "a|b", run_dot_log="ERROR:  x\n"))

    assert all(line.count(" | ") == told.splitlines()[4].count(" | ") for line in told.splitlines()[4:15])


def test_secrets_in_names_of_files_are_masked(tmp_path):
    read(tmp_path, password__x_dot_jsonl='{"a": 1}')
    (tmp_path / "run.log").write_text("x\n")
    (tmp_path / "password=hunter2.jsonl").write_text('{"a": 1}')

    (tmp_path / "token=hunter2").mkdir()
    (tmp_path / "token=hunter2/secret=hunter2.jsonl").write_text(record(0, HELD) + "\n" + record(1, HELD))
    (tmp_path / "token=hunter2/secret=hunter2.log").write_text(BEGINS)

    review = make_review([tmp_path], [], ROOT)

    assert review.read.notes
    assert "hunter2" not in as_text(review)
    assert "hunter2" not in as_markdown(review)
    assert "hunter2" not in json.dumps(as_json(review))


# the command


def ran(*words):
    return CliRunner().invoke(main, ["review", *map(str, words)])


@pytest.fixture
def here(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.mark.usefixtures("here")
def test_the_command_ends_with_1_when_something_failed(tmp_path):
    result = ran(LOGS / "MIG201" / "psycopg2-compose.log", "--charts", tmp_path / "charts", "--format", "md")

    assert result.exit_code == 1, result.output
    assert "| MIG201 | A migration adds a column that was already added by hand | 1 |" in result.output
    assert [file.name for file in (tmp_path / "charts").iterdir()] == ["failures.svg"]
    assert "failures.svg)" in result.output


@pytest.mark.usefixtures("here")
def test_the_command_ends_with_0_when_nothing_failed(tmp_path):
    (tmp_path / "deploy.jsonl").write_text(record(0, HELD))

    result = ran(tmp_path, "--json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["figures"][1]["value"] == 1.0


@pytest.mark.usefixtures("here")
def test_the_command_ends_with_2_when_something_was_not_read(tmp_path):
    (tmp_path / "deploy.jsonl").write_text(record(0, HELD))
    (tmp_path / "torn.jsonl").write_text('{"runbook": "deploy"}')

    result = ran(tmp_path)

    assert (result.exit_code, "torn.jsonl: is no record of a run" in result.output) == (2, True)
    assert ran(tmp_path / "nothing").exit_code == 2


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("form", ["text", "md", "json"])
def test_no_name_in_an_archive_steers_the_terminal(tmp_path, monkeypatch, form):
    monkeypatch.setattr(command, "PATIENCE", -1)
    monkeypatch.setattr(command, "PAUSE", -1)
    with zipfile.ZipFile(tmp_path / "logs.zip", "w") as archive:
        archive.writestr("\x1b[2J\x9b1m.log", "Starting\n")
        archive.writestr("\x1b[2J\x9b1m.jsonl", '{"a": 1}')

    result = ran(tmp_path / "logs.zip", "--format", form)

    assert ("files read, now" in result.stderr, ".jsonl" in result.stdout) == (True, True)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", result.output)


@pytest.mark.usefixtures("here")
def test_where_nothing_can_be_read_no_name_steers_the_terminal(tmp_path):
    with zipfile.ZipFile(tmp_path / "logs.zip", "w") as archive:
        archive.writestr("\x9b2J.jsonl", '{"a": 1}')

    result = ran(tmp_path / "logs.zip")

    assert (result.exit_code, "/2J.jsonl" in result.output, "\x9b" in result.output) == (2, True, False)


@pytest.mark.usefixtures("here")
def test_a_picture_among_the_logs_makes_no_difference(tmp_path):
    (tmp_path / "deploy.jsonl").write_text(record(0, HELD))
    (tmp_path / "shot.png").write_bytes(bytes(range(1, 32)) * 99)

    assert ran(tmp_path).exit_code == 0
