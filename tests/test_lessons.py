from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.repository import ROOT

from proofbook.proof.prove import names_of
from proofbook.site.edition import read_edition
from proofbook.site.markup import enforcers

EDITION = read_edition(ROOT)
LESSONS = {page.path: page for page in EDITION.lessons}
NAMED = [(path, enforcer) for path, page in LESSONS.items() for enforcer in enforcers(page)]
PYTEST, PROVE = ("scripts/test", ".venv/bin/pytest"), ("scripts/test", "proofbook prove --fresh")
CALLS = {"tests/": (PYTEST,), "lab/": (PYTEST, ("tests/test_lab.py", "manage.py test")), "docs/": (PROVE,)}


def names_in(file: Path) -> Iterator[str]:
    """Give the names of a test module as pytest and unittest call them: ``test_x``, ``Case::test_x``."""
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.ClassDef):
            yield from (f"{node.name}::{each.name}" for each in node.body if isinstance(each, ast.FunctionDef))


def is_there(enforcer: str) -> bool:
    """Tell whether a test or an obligation of this name is there to be run."""
    path, _, name = enforcer.partition("::")
    if path in EDITION.pages:
        page = EDITION.pages[path]
        return name in names_of(page) and name not in page.waived
    file = ROOT / path
    is_test = file.name.startswith("test_") and name.rpartition("::")[2].startswith("test_")
    return is_test and file.is_file() and name in names_in(file)


def read(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


def is_wired(enforcer: str, read: Callable[[str], str] = read) -> bool:
    """Tell whether scripts/test runs what the enforcer belongs to, whatever stands between them included."""
    calls = next((calls for folder, calls in CALLS.items() if enforcer.startswith(folder)), ())
    return bool(calls) and all(is_called(command, read(path)) for path, command in calls)


def is_called(command: str, text: str) -> bool:
    return any(command in line for line in text.splitlines() if not line.lstrip().startswith("#"))


def test_every_page_among_the_lessons_is_one():
    files = {path for path in EDITION.pages if path.startswith("docs/lessons/") and not path.endswith("index.md")}

    assert files == set(LESSONS)
    assert len(LESSONS) >= 2


@pytest.mark.parametrize("path", LESSONS)
def test_a_lesson_is_a_rule_a_reason_and_what_enforces_it(path):
    front = LESSONS[path].front

    assert all(isinstance(front.get(key), str) and front[key].strip() for key in ("rule", "why"))
    assert enforcers(LESSONS[path])


@pytest.mark.parametrize(("path", "enforcer"), NAMED)
def test_what_enforces_a_lesson_is_there_and_is_run(path, enforcer):
    assert is_there(enforcer), f"{path}: {enforcer} does not exist"
    assert is_wired(enforcer), f"{path}: scripts/test does not run {enforcer}"


@pytest.mark.parametrize(
    "enforcer",
    [
        "tests/test_lessons.py::test_gone",
        "tests/test_gone.py::test_gone",
        "tests/test_lessons.py::is_there",
        "tests/test_lessons.py",
        "docs/lessons/index.md::fix-works",
        "a wish",
    ],
)
def test_an_enforcer_that_is_not_there_would_be_noticed(enforcer):
    assert not is_there(enforcer)


@pytest.mark.parametrize("enforcer", ["lab/tests/test_a.py::X", "tests/test_a.py::x", "docs/a.md::fix-works"])
def test_an_enforcer_that_is_no_longer_run_would_be_noticed(enforcer):
    assert is_wired(enforcer)
    assert not is_wired(enforcer, lambda path: read(path).replace("\n", "\n# "))
    assert not is_wired(enforcer, lambda _path: "")


def test_what_lies_elsewhere_is_run_by_nothing():
    assert not is_wired("elsewhere/test_a.py::test_b")
