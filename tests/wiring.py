"""Where what enforces a lesson is called: read from the files that call it, so that a call that is gone is noticed."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Callable, Iterator
from typing import Any

import yaml
from tests.repository import ROOT

from _lessons import LESSONS

Read = Callable[[str], str]
WORKFLOW = ".github/workflows/doc-test.yml"
ALL_TESTS = 'scripts/test "$@"'
LAB_TESTS = "coverage run manage.py test"
PYTEST = [".venv/bin/pytest", "-q", "-n", "2", "--dist", "loadfile", "-rfEs"]
"""How tests are called; with a word more, ``-k`` or ``--maxfail`` or a folder, it would not be all of them."""
ONLY_HERE = re.compile(r"--project \S+ --python \S+ ")
NAMES_LESSON = ("keeps", "lesson")


def read(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


def lines_of(text: str) -> Iterator[str]:
    """Give the lines of a script that are carried out, as far as a comment tells."""
    yield from (line.strip() for line in text.splitlines() if not line.lstrip().startswith("#"))


def is_called(command: str, text: str) -> bool:
    """Tell whether a line begins with it: behind ``echo`` it is only said."""
    return any(line.startswith(command) for line in lines_of(text))


def are_tests_run(marked: str, text: str) -> bool:
    """Tell whether all tests with this mark are run, as a part whose failure counts."""
    for line in lines_of(text):
        if line.startswith("part "):
            words = [word for word in shlex.split(line)[2:] if not word.startswith("${")]
            if sorted(words) == sorted([*PYTEST, "-m", marked]):
                return True
    return False


def steps(workflow: str) -> Iterator[dict[str, Any]]:
    """Give the steps of a workflow that always run and whose failure is one."""
    for job in (yaml.safe_load(workflow) or {}).get("jobs", {}).values():
        if not job.keys() & {"if", "continue-on-error"}:
            yield from (step for step in job["steps"] if not step.keys() & {"if", "continue-on-error"})


def commands(enforcer: str, workflow: str) -> list[str]:
    """Give the commands by which the workflow makes a check, as they would be typed in the project's folder."""
    path, _, check = enforcer.partition("::")
    found = []
    for step in steps(workflow):
        script = "\n".join(lines_of(step.get("run", "").replace("\\\n", " ")))
        for call in re.findall(
            rf'^(?:scripts/lab ")?(python {re.escape(path)}[^"\n]*(?:"\$\w+")?)', script, re.MULTILINE
        ):
            words = " ".join(ONLY_HERE.sub("", call).split())
            only = re.search(r"--only ([\w -]+?)(?= --|$)", words)
            skip = re.search(r"--skip ([\w -]+?)(?= --|$)", words)
            makes_it = (not only or check in only[1].split()) and not (skip and check in skip[1].split())
            if makes_it and (check != "untouched" or "--since" in words):
                found.append(words if only else f"{words} --only {check}")
    return found


def is_wired(enforcer: str, read: Read = read) -> bool:
    """Tell whether the pipeline comes to the enforcer, by whatever stands between them."""
    if enforcer.startswith("runbooks/"):
        return bool(commands(enforcer, read(WORKFLOW)))
    runs = any(step.get("run", "").strip() == ".ci/run" for step in steps(read(WORKFLOW)))
    if not (runs and is_called(ALL_TESTS, read(".ci/run"))):
        return False
    if enforcer.startswith("lab/"):
        return are_tests_run("slow", read("scripts/test")) and is_called(LAB_TESTS, read("tests/test_lab.py"))
    return enforcer.startswith("tests/") and are_tests_run(mark_of(enforcer), read("scripts/test"))


def mark_of(enforcer: str) -> str:
    """Give the mark by which a test of ours is chosen; one that is not there is taken for a quick one."""
    path, _, name = enforcer.partition("::")
    if not (ROOT / path).is_file():
        return "not slow"
    body = ast.parse(read(path)).body
    marks = [
        node.value for node in body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
    ]
    marks += [mark for test in body if getattr(test, "name", "") == name for mark in test.decorator_list]
    return "slow" if any("mark.slow" in ast.unparse(mark) for mark in marks) else "not slow"


def lessons_named_by(enforcer: str) -> set[str]:
    """Give the lessons that a test or a check says it keeps.

    Raises LookupError when there is nothing of that name.
    """
    path, _, name = enforcer.partition("::")
    if path.startswith("runbooks/"):
        return {LESSONS[f"{path.removeprefix('runbooks/').removesuffix('.py')}.{name}"]}
    tests = dict(tests_in(path)) if (ROOT / path).is_file() else {}
    if name not in tests:
        raise LookupError(enforcer)
    return tests[name]


def tests_in(path: str) -> Iterator[tuple[str, set[str]]]:
    """Give the tests of a module by name, ``test_x`` or ``Case::test_x``, with its lessons."""
    for node in ast.parse(read(path)).body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        for each in inner:
            if isinstance(each, ast.FunctionDef) and each.name.startswith("test_"):
                name = f"{node.name}::{each.name}" if isinstance(node, ast.ClassDef) else each.name
                yield name, set(lessons_of(each))


def lessons_of(test: ast.FunctionDef) -> Iterator[str]:
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func).split(".")[-1] in NAMES_LESSON:
            yield from (str(each.value) for each in mark.args if isinstance(each, ast.Constant))


def all_named() -> Iterator[tuple[str, str]]:
    """Give every test that says it keeps a lesson, and the lesson."""
    for folder in ("tests", "lab"):
        for file in sorted((ROOT / folder).rglob("test_*.py")):
            path = file.relative_to(ROOT).as_posix()
            if "/cases/" not in path:
                yield from ((f"{path}::{name}", each) for name, named in tests_in(path) for each in sorted(named))
