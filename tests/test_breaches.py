"""Every rule that a lesson says is enforced is broken, in a copy, and its enforcer turns red and names the lesson.

Every run breaks all rules but those of which the enforcer deploys, restores or installs something first, which takes
ten seconds and more: of these some are drawn by the commit, so that they take turns; PROOFBOOK_TEST_ALL breaks all.
"""

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
from tests.runbooks.killing import ALL
from tests.wiring import WORKFLOW, commands, read

from proofbook.lab.lab import Lab
from proofbook.lab.preparing import prepared_lab
from proofbook.lab.sandbox import Sandbox
from proofbook.settings import read_settings
from proofbook.site.edition import read_edition

pytestmark = pytest.mark.slow
BREACHES = CASES / "lessons"
DEAR = ("tests/runbooks/test_deploy.py", "tests/runbooks/test_restore_database.py", "tests/test_hooks.py")
DRAWN = 2
LONG = 1800
NAMED = [(lesson.name, enforcer) for lesson in read_edition(ROOT).lessons for enforcer in lesson.enforcers]
IN_LAB = [each for each in NAMED if not each[1].startswith("tests/")]
BY_PYTEST = [each for each in NAMED if each[1].startswith("tests/")]


def seed(place: Path) -> str:
    """Give PROOFBOOK_TEST_SEED, or the commit that is tested there."""
    told = subprocess.run(["git", "rev-parse", "HEAD"], cwd=place, capture_output=True, text=True, check=False)
    return os.environ.get("PROOFBOOK_TEST_SEED") or told.stdout.strip()


SEED = seed(ROOT)
WAITING = [each for each in BY_PYTEST if each[1].startswith(DEAR)]


def drawn(seed: str, *, every: bool = ALL) -> list[tuple[str, str]]:
    """Give what is broken here: all whose enforcer is quick, and some of the others, or every one."""
    ranked = sorted(WAITING, key=lambda each: crc32(f"{seed} {each}".encode()))
    return [each for each in BY_PYTEST if every or each not in ranked[DRAWN:]]


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
    commit(place, "as it is")
    for name in (".venv", ".venv-lab"):
        (place / name).symlink_to((ROOT / name).resolve())
    return place


def git(place: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=place, check=True, capture_output=True)


def commit(place: Path, message: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@b.example")
    git(place, *who, "commit", "--quiet", "--allow-empty", "--message", message)


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
    done = by_pytest(copy, *sorted({enforcer for _lesson, enforcer in drawn(SEED)}))

    assert done.returncode == 0, f"PROOFBOOK_TEST_SEED={SEED}\n{done.stdout[-3000:]}"


@pytest.mark.parametrize(("lesson", "enforcer"), drawn(SEED))
def test_a_breach_here_is_seen_and_told_with_its_lesson(copy: Path, lesson: str, enforcer: str) -> None:
    told: list[subprocess.CompletedProcess[str]] = []
    for breach in sorted((BREACHES / lesson).glob("repository*")):
        git(copy, "apply", "--index", str(breach))
        try:
            told.append(by_pytest(copy, enforcer))
        finally:
            git(copy, "reset", "--hard", "--quiet")
        if is_seen(told[-1], lesson):
            return

    pytest.fail(f"PROOFBOOK_TEST_SEED={SEED}\n" + "\n".join(done.stdout[-3000:] for done in told))


def is_seen(done: subprocess.CompletedProcess[str], lesson: str) -> bool:
    return done.returncode == 1 and f"lesson: {lesson} -" in done.stdout


def test_only_what_is_dear_waits_for_its_turn() -> None:
    turns = {seed: drawn(seed, every=False) for seed in map(str, range(50))}
    quick = [each for each in BY_PYTEST if each not in WAITING]

    assert len(quick) > len(WAITING) > DRAWN
    assert all([each for each in turn if each not in WAITING] == quick for turn in turns.values())
    assert {len(turn) for turn in turns.values()} == {len(quick) + DRAWN}
    assert {each for turn in turns.values() for each in turn} == set(BY_PYTEST)
    assert turns == {seed: drawn(seed, every=False) for seed in turns}
    assert drawn("1", every=True) == BY_PYTEST


def test_each_commit_draws_anew_and_a_seed_draws_the_same(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROOFBOOK_TEST_SEED", raising=False)
    before = seed(copy)
    commit(copy, "the next one")
    after = seed(copy)
    monkeypatch.setenv("PROOFBOOK_TEST_SEED", before)

    assert len({before, after, ""}) == 3
    assert seed(copy) == before


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
