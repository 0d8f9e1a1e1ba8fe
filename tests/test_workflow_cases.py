"""No step of a workflow is added without a case that runs it, and a job keeps what its steps were seen to leave."""

from __future__ import annotations

from collections import Counter

import pytest
import yaml
from tests.repository import ROOT
from tests.steps import CASES_OF_STEPS, ELSEWHERE, EXAMPLES
from tests.wiring import lessons_named_by, read
from tests.workflows import environment_of, read_workflow, scripts_of, value_of

FOLDERS = (".github/workflows", "lab/.github/workflows")
UPLOADS = ("actions/upload-artifact@", "actions/upload-pages-artifact@")
SINCE = "github.event.pull_request.base.sha || github.event.before || 'HEAD^'"


def places() -> list[str]:
    """Give every step that has a script; one without a name cannot be told from others."""
    files = [file for folder in FOLDERS for file in sorted((ROOT / folder).glob("*.yml"))]
    return [
        f"{file.name}: {job}: {step['name']}"
        for file in (*files, ROOT / "action.yml")
        for job, _, step in scripts_of(yaml.safe_load(file.read_text("utf-8")))
    ]


def test_every_step_with_a_script_has_one_case():
    listed = Counter([*CASES_OF_STEPS, *ELSEWHERE, *EXAMPLES])

    assert Counter(places()) == listed, "a step needs a case in tests/steps.py"
    assert max(listed.values()) == 1


def test_every_case_has_a_fault():
    assert [place for place, case in CASES_OF_STEPS.items() if not case.faults or not all(case.faults.values())] == []


@pytest.mark.parametrize("place", ELSEWHERE)
def test_what_is_run_by_another_test_is_run_there(place):
    for test in ELSEWHERE[place]:
        assert lessons_named_by(test) is not None  # a test that is gone is a LookupError


@pytest.mark.parametrize("place", EXAMPLES)
def test_a_page_that_runs_an_example_shows_its_step(place):
    told = EXAMPLES[place]

    assert told.startswith("not run: ") or f"✓ {place.split(': ')[-1]}\n" in read(told)


def test_what_a_job_keeps_is_what_its_steps_were_seen_to_leave():
    kept = {}
    for name in ("doc-test.yml", "nightly.yml", "pages.yml"):
        for job, told in read_workflow(name)["jobs"].items():
            for step in told["steps"]:
                if step.get("uses", "").startswith(UPLOADS):
                    kept.setdefault(f"{name}: {job}: ", []).append(step["with"]["path"])
    left = {
        start: [leaf for place, case in CASES_OF_STEPS.items() if place.startswith(start) for leaf in case.leaves]
        for start in kept
    }

    assert [len(paths) for paths in kept.values()] == [2, 1, 1, 1]
    for start, paths in kept.items():
        assert [path for path in paths if not any(leaf.startswith(path) for leaf in left[start])] == [], start


def test_the_reports_are_written_where_they_are_taken_from():
    steps = read_workflow("doc-test.yml")["jobs"]["doc-test"]["steps"]
    [written] = [environment_of(step, {"github.workspace": "."}) for step in steps if step.get("run") == ".ci/run"]
    [kept] = [step["with"] for step in steps if step.get("with", {}).get("name") == "reports"]

    assert f"{written['PROOFBOOK_REPORTS']}/" == f"./{kept['path']}"
    assert kept["include-hidden-files"] is True


@pytest.mark.parametrize(
    ("known", "value"), [(("base", "before"), "base"), (("", "before"), "before"), (("", ""), "HEAD^")]
)
def test_the_first_that_is_known_is_taken(known, value):
    names = ("github.event.pull_request.base.sha", "github.event.before")

    assert value_of(SINCE, dict(zip(names, known, strict=True))) == value


def test_what_nobody_has_given_a_value_is_an_error():
    with pytest.raises(KeyError):
        value_of(SINCE, {"github.event.before": ""})
