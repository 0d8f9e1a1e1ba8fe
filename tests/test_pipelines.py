"""What may not be written where things run by themselves: workflows, scripts, and what starts the lab's server."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.repository import ROOT

WORKFLOWS = [file for folder in ("", "lab/") for file in sorted((ROOT / f"{folder}.github/workflows").glob("*.yml"))]
ACTION = ROOT / "action.yml"
PROGRAMS = [
    file
    for folder in (".github/programs", "scripts", "scripts/hooks", "lab/bin")
    for file in sorted((ROOT / folder).iterdir())
    if file.is_file() and file.suffix != ".json"
]
BY_THEMSELVES = [*WORKFLOWS, ACTION, ROOT / ".pre-commit-config.yaml", ROOT / ".ci/run", *PROGRAMS]
STARTING = [ROOT / "lab/bin/depot", ROOT / "lab/gunicorn.conf.py", ROOT / "lab/depot/wsgi.py"]
PASSED_OVER = re.compile(r"\|\|\s*(true|:|echo|exit 0)\b|\bset \+e\b|;\s*true\s*$")
# every job and step that does not always run, and when it does
CONDITIONS = {
    "action.yml: runs: Prove": "inputs.pages != ''",
    "action.yml: runs: Diagnose": "inputs.log != ''",
    "delivery.yml: deploy": "github.ref == 'refs/heads/main'",
    "deploy.yml: deploy: Name the fault": "failure()",
    "deploy.yml: deploy: Keep the records": "always()",
    "doc-test.yml: doc-test: Keep what the tests and proofs have told": "always()",
    "nightly.yml: proofs: Keep the outcome": "always()",
    "nightly.yml: variants: Keep the outcome": "always()",
}
# what starts a workflow is a condition, too
MERGED = {"push": {"branches": ["main"]}}
ITSELF = {"paths": [".github/workflows/copilot-setup-steps.yml"]}
STARTS = {
    "doc-test.yml": {**MERGED, "pull_request": None, "workflow_dispatch": None},
    "pages.yml": {**MERGED, "workflow_dispatch": None},
    "nightly.yml": {"schedule": [{"cron": "17 2 * * *"}], "workflow_dispatch": None},
    "copilot-setup-steps.yml": {"workflow_dispatch": None, "push": ITSELF, "pull_request": ITSELF},
}
ONLY_TALK = re.compile(r"\s*(echo|printf|true|:|#)(\s|$)")
FAKED = re.compile(r"migrate\b.*--fake|--fake-initial")
WRITTEN = re.compile(r"\bmakemigrations\b(?!.*--check)")
HIDDEN = re.compile(r"mark\.(skip|xfail)\b|@(unittest\.)?skip\b|--deselect|--ignore")
STARTS_SHELL = re.compile(rb"#!.*\b(?:ba|da|z)?sh\b")
SERVING = re.compile(r"\b(migrate|collectstatic)\b")
LONGEST = 8


def lines_with(pattern: re.Pattern[str], files: list[Any]) -> list[str]:
    """Give the places where it stands outside comments."""
    return [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in files
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if not line.lstrip().startswith("#") and pattern.search(line)
    ]


def read_yaml(file: Path) -> dict[str, Any]:
    return yaml.safe_load(file.read_text("utf-8"))


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every job of every workflow, and what the action runs, with its place."""
    for file in WORKFLOWS:
        yield from ((f"{file.name}: {name}", job) for name, job in read_yaml(file)["jobs"].items())
    yield f"{ACTION.name}: runs", read_yaml(ACTION)["runs"]


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every step of every workflow and of the action, with its place."""
    for place, job in jobs():
        for step in job.get("steps", ()):
            yield f"{place}: {step.get('name', step.get('uses'))}", step


def conditions(parts: Iterable[tuple[str, dict[str, Any]]]) -> dict[str, str]:
    return {place: part["if"] for place, part in parts if "if" in part}


def that_may_fail(parts: Iterable[tuple[str, dict[str, Any]]]) -> list[str]:
    """Give what lets the others go on whatever comes of it: with an expression nobody can tell when."""
    return [place for place, part in parts if "continue-on-error" in part]


def is_shell(path: str) -> bool:
    with (ROOT / path).open("rb") as file:
        return bool(STARTS_SHELL.match(file.readline()))


def test_everything_that_runs_by_itself_is_looked_at():
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    tracked = [path for path in listing.stdout.splitlines() if (ROOT / path).is_file()]
    runs = [path for path in tracked if is_shell(path) or path.endswith("action.yml") or ".github/workflows/" in path]

    assert len(runs) > 25
    assert [path for path in runs if ROOT / path not in BY_THEMSELVES and not path.startswith("tests/cases/")] == []


def only_talks(script: str) -> bool:
    return all(ONLY_TALK.match(line) for line in script.splitlines() if line.strip())


def is_long(script: str) -> bool:
    return "<<" in script or len(script.splitlines()) > LONGEST


@pytest.mark.lesson("let-a-failure-be-one")
def test_no_failure_is_passed_over():
    assert lines_with(PASSED_OVER, BY_THEMSELVES) == []
    assert that_may_fail([*jobs(), *steps()]) == []


def test_nothing_runs_on_a_condition_that_is_not_listed():
    assert conditions([*jobs(), *steps()]) == CONDITIONS


def test_each_workflow_that_checks_starts_when_it_should():
    files = {file.name: file for file in WORKFLOWS}

    assert {name: read_yaml(files[name])[True] for name in STARTS} == STARTS  # YAML takes `on` for true


@pytest.mark.parametrize("value", [True, "true", "${{ true }}", "${{ matrix.new }}"])
@pytest.mark.parametrize("key", ["continue-on-error", "if"])
def test_a_step_that_may_fail_or_never_runs_would_be_noticed(key, value):
    [(place, step)] = [each for each in steps() if each[0] == "pages.yml: build: Prove"]
    edited = [(place, {**step, key: value})]

    assert (that_may_fail(edited), list(conditions(edited))) == (([place], []) if key != "if" else ([], [place]))


@pytest.mark.lesson("repair-history-do-not-fake-it")
def test_nothing_fakes_a_migration():
    assert lines_with(FAKED, BY_THEMSELVES) == []


@pytest.mark.lesson("commit-the-migration")
def test_nothing_writes_the_missing_migration_itself():
    assert lines_with(WRITTEN, BY_THEMSELVES) == []


@pytest.mark.lesson("migrate-once-before-the-server")
def test_what_starts_the_server_does_not_migrate():
    assert lines_with(SERVING, STARTING) == []


@pytest.mark.lesson("keep-the-tests-running")
def test_no_test_is_switched_off():
    tests = [file for folder in ("tests", "lab") for file in sorted((ROOT / folder).rglob("test_*.py"))]

    assert lines_with(HIDDEN, [each for each in tests if each.name != "test_pipelines.py"] + BY_THEMSELVES) == []


@pytest.mark.lesson("do-what-a-step-says")
def test_no_step_only_talks():
    assert [place for place, step in steps() if "run" in step and only_talks(step["run"])] == []


@pytest.mark.lesson("keep-scripts-in-files")
def test_no_step_holds_a_script_of_its_own():
    assert [place for place, step in steps() if is_long(step.get("run", ""))] == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (PASSED_OVER, "python manage.py collectstatic --noinput || true"),
        (PASSED_OVER, "python manage.py migrate || echo failed"),
        (PASSED_OVER, "set +e"),
        (PASSED_OVER, "flake8; true"),
        (FAKED, "python manage.py migrate orders 0003 --fake"),
        (FAKED, "python manage.py migrate --fake-initial --noinput"),
        (WRITTEN, "python manage.py makemigrations --noinput"),
        (SERVING, 'subprocess.run(["python", "manage.py", "migrate"])'),
        (HIDDEN, "@pytest.mark.skip"),
        (HIDDEN, '@skip("later")'),
        (HIDDEN, "@pytest.mark.xfail"),
        (HIDDEN, "pytest --deselect tests/test_a.py"),
    ],
)
def test_what_may_not_be_written_would_be_noticed(pattern, line):
    assert pattern.search(line)


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (PASSED_OVER, "scripts/setup --checks || exit 2"),
        (WRITTEN, "python manage.py makemigrations --check --dry-run"),
        (HIDDEN, "@pytest.mark.skipif(os.geteuid() != 0, reason='only root can')"),
    ],
)
def test_what_may_be_written_is_let_be(pattern, line):
    assert not pattern.search(line)


@pytest.mark.parametrize("script", ['echo "Backing up"', "echo one\nprintf two\n", "# later\ntrue"])
def test_a_step_that_only_talks_would_be_noticed(script):
    assert only_talks(script)
    assert not only_talks(f"{script}\npg_dump > backup")


@pytest.mark.parametrize("script", ["cat > .env <<EOF\nEOF", "\n".join("step" for _ in range(LONGEST + 1))])
def test_a_script_inside_a_step_would_be_noticed(script):
    assert is_long(script)
    assert not is_long("scripts/test\n.ci/run")
