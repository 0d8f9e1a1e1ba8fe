"""Every rule that a lesson says is enforced is broken, in a copy, and its enforcer turns red and names the lesson."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import pytest
from tests.repository import CASES, ROOT
from tests.runbooks.killing import ALL, SEED
from tests.wiring import WORKFLOW, commands, read

from proofbook.lab.lab import Lab
from proofbook.lab.preparing import prepared_lab
from proofbook.lab.sandbox import Sandbox
from proofbook.settings import read_settings
from proofbook.site.edition import read_edition

pytestmark = pytest.mark.slow
BREACHES = CASES / "lessons"
DRAWN = 6
LONG = 1800
NAMED = [(lesson.name, enforcer) for lesson in read_edition(ROOT).lessons for enforcer in lesson.enforcers]
IN_LAB = [each for each in NAMED if not each[1].startswith("tests/")]
BY_PYTEST = [each for each in NAMED if each[1].startswith("tests/")]


def drawn(named: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Draw some of them, by PROOFBOOK_TEST_SEED; all with PROOFBOOK_TEST_ALL, as the lab's are always."""
    ranked = sorted(named, key=lambda each: crc32(f"{SEED} {each}".encode()))
    return named if ALL else sorted(ranked[:DRAWN])


@pytest.fixture(scope="module")
def depot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Give the lab that pages are proven in, in a checkout of its own: test_lab.py uses this one's meanwhile."""
    root = tmp_path_factory.mktemp("checkout")
    for name in ("lab", "runbooks", ".venv-lab"):
        (root / name).symlink_to((ROOT / name).resolve())
    with prepared_lab(replace(read_settings(ROOT), root=root), "18", lambda _text: None) as lab:
        yield lab


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of this repository, with its environments."""
    place = tmp_path_factory.mktemp("copy")
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for path in subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0"):
        if path and (ROOT / path).is_file():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, place / path)
    git(place, "init", "--quiet")
    git(place, "add", "--all")
    git(place, "-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "--quiet", "--message", "as it is")
    for name in (".venv", ".venv-lab"):
        (place / name).symlink_to((ROOT / name).resolve())
    return place


def git(place: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=place, check=True, capture_output=True)


def ends(sandbox: Sandbox, enforcer: str) -> list[tuple[int, str]]:
    """Run a check as the workflow does, or a test of the lab, and give status and output of each call."""
    path, _, name = enforcer.partition("::")
    module = path.removeprefix("lab/").removesuffix(".py").replace("/", ".")
    test = f"python manage.py test {module}.{name.replace('::', '.')}"
    calls = [test] if path.startswith("lab/") else commands(enforcer, read(WORKFLOW))
    return [
        (done.status, done.output)
        for call in calls
        if (done := sandbox.run(f"SINCE=HEAD\n{call}", check=False, timeout=LONG))
    ]


def break_lab(sandbox: Sandbox, breach: Path) -> None:
    if breach.suffix == ".sql":
        sandbox.sql(breach.read_text("utf-8"))
        return
    sandbox.files.write("breach.diff", breach.read_text("utf-8"))
    sandbox.run("git apply breach.diff")
    sandbox.files.remove("breach.diff")


@pytest.mark.parametrize(("lesson", "enforcer"), IN_LAB)
def test_a_breach_in_the_lab_is_seen_and_told_with_its_lesson(depot: Lab, lesson: str, enforcer: str) -> None:
    told = []
    for breach in sorted((BREACHES / lesson).glob("lab*")):
        with depot.sandbox() as sandbox:
            healthy = ends(sandbox, enforcer) if enforcer.startswith("runbooks/") else []
            break_lab(sandbox, breach)
            told += ends(sandbox, enforcer)
            assert all(status == 0 for status, _output in healthy), healthy

    assert any(status == 1 and f"lesson: {lesson}" in output for status, output in told), told


def test_of_the_copy_nothing_is_red_before_it_is_broken(copy: Path) -> None:
    done = by_pytest(copy, *sorted({enforcer for _lesson, enforcer in drawn(BY_PYTEST)}))

    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize(("lesson", "enforcer"), drawn(BY_PYTEST))
def test_a_breach_here_is_seen_and_told_with_its_lesson(copy: Path, lesson: str, enforcer: str) -> None:
    told = []
    for breach in sorted((BREACHES / lesson).glob("repository*")):
        git(copy, "apply", "--index", str(breach))
        try:
            told.append(by_pytest(copy, enforcer))
        finally:
            git(copy, "reset", "--hard", "--quiet")

    found = [done for done in told if done.returncode == 1 and f"lesson: {lesson} -" in done.stdout]
    assert found, f"PROOFBOOK_TEST_SEED={SEED}\n" + "\n".join(done.stdout[-3000:] for done in told)


def by_pytest(place: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PROOFBOOK"))}
    return subprocess.run(
        [place / ".venv/bin/pytest", "-q", "-p", "no:cacheprovider", *tests],
        cwd=place,
        env={**environment, "PYTHONPATH": str(place / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG,
    )
