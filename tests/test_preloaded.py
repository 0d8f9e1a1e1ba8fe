"""The preloaded interpreter: a fork of it does, prints and leaves what a new Python would."""

from __future__ import annotations

import os
import re
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from tests.repository import CASES, LAB_PYTHON

from proofbook.errors import CouldNotCheck, ProofbookError
from proofbook.lab.lab import bare_environment, sandbox_account
from proofbook.lab.ownership import copy_tree, give
from proofbook.lab.preloaded import preloaded_interpreter
from proofbook.lab.programs import PRELOADED, Completed, run
from proofbook.settings import Settings

PROGRAMS = CASES / "preloaded" / "programs"
COMMANDS = dict(
    line.split(": ", 1)
    for line in (CASES / "preloaded" / "commands.txt").read_text().splitlines()
    if line and not line.startswith("#")
)
# written by people who want to know which Python they have got, so it may not be a fork
NEW = dict(
    line.split(": ", 1)
    for line in (CASES / "preloaded" / "new.txt").read_text().splitlines()
    if line and not line.startswith("#")
)
SETTINGS = {
    "python": str(LAB_PYTHON),
    "preload": ("json", "django.db.models", "xml.dom.minidom", "concurrent.futures", "psycopg"),
}


@dataclass(frozen=True)
class Place:
    """A folder of programs, run by a new Python or by a fork of the preloaded one."""

    root: Path
    environment: dict[str, str]
    preloaded: Path

    def run(self, command: str, *, cold: bool = False, timeout: float = 30, given: str = "") -> Completed:
        programs = self.root / "programs"
        shutil.rmtree(programs, ignore_errors=True)
        copy_tree(PROGRAMS, programs, sandbox_account())
        ahead = "" if cold else f"{self.preloaded}/bin:"
        path = {"PATH": f"{ahead}{LAB_PYTHON.parent}:/usr/bin:/bin", "HOME": str(self.root)}
        own = {} if cold else {PRELOADED: str(self.preloaded)}
        return run(
            ["bash", "-c", command],
            cwd=programs,
            environment={**self.environment, **path, **own},
            account=sandbox_account(),
            timeout=timeout,
            given=given,
        )

    def calls(self) -> list[str]:
        return (self.preloaded / "calls").read_text().splitlines()


@contextmanager
def preloading(preload: tuple[str, ...], **more: str) -> Iterator[Place]:
    """Start a preloaded interpreter in a folder of its own, beside the packages of the cases."""
    root = Path(tempfile.mkdtemp(prefix="pb-"))
    root.chmod(0o755)
    shutil.copytree(PROGRAMS.with_name("packages"), root / "packages", ignore=shutil.ignore_patterns("__pycache__"))
    settings = Settings(root=root, **{**SETTINGS, "preload": preload})
    environment = bare_environment(settings, root) | {name: text.format(root=root) for name, text in more.items()}
    give(root, sandbox_account())
    try:
        with preloaded_interpreter(settings, root, sandbox_account(), environment) as wait:
            yield Place(root, environment, wait())
    finally:
        shutil.rmtree(root)


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with preloading(SETTINGS["preload"]) as made:
        yield made


@pytest.mark.parametrize("name", COMMANDS)
def test_a_fork_is_like_a_new_python(name: str, place: Place) -> None:
    new = place.run(COMMANDS[name], cold=True)
    before = len(place.calls()) if (place.preloaded / "calls").exists() else 0

    forked = place.run(COMMANDS[name])

    assert (_told(forked), forked.status) == (_told(new), new.status)
    assert forked.left_behind == new.left_behind == ()
    assert place.calls()[before:]
    assert [call for call in place.calls()[before:] if not call.startswith("forked")] == []


@pytest.mark.parametrize("name", NEW)
def test_what_a_fork_cannot_be_gets_a_new_python(name: str, place: Place) -> None:
    place.run("python -c ''")
    before = len(place.calls())
    new = place.run(NEW[name], cold=True)

    completed = place.run(NEW[name])

    assert (completed.output, completed.status) == (new.output, new.status)
    assert [call for call in place.calls()[before:] if call.startswith("forked")] == []


TWO_NAMES = {
    "the one that shows it": "import twofold; print(twofold.faults.Fault, twofold.packages.single is single)",
    "the one that is shown": "print(single.faults.Fault, [name for name in sys.modules if 'twofold' in name])",
    "by its second name": "import twofold.packages.single.faults as f; print(f.__spec__.name, single.faults is f)",
    "what comes late": "print('late' in vars(single), single.late.COME, 'late' in vars(single))",
}


@pytest.fixture(scope="module")
def with_two_names() -> Iterator[Place]:
    """A preloaded interpreter whose packages show each other's modules as their own."""
    with preloading(("twofold", "single.late"), PYTHONPATH="{root}/packages") as place:
        yield place


@pytest.mark.parametrize("what", TWO_NAMES)
def test_a_module_of_two_names_is_as_in_a_new_python(what: str, with_two_names: Place) -> None:
    command = (
        f"python -c \"import sys, single; {TWO_NAMES[what]}; print(*sorted(n for n in sys.modules if 'single' in n))\""
    )
    new = with_two_names.run(command, cold=True)

    forked = with_two_names.run(command)

    assert (new.status, forked.status, forked.output) == (0, 0, new.output)
    assert with_two_names.calls()[-1].startswith("forked")


def test_what_is_given_is_read(place: Place) -> None:
    assert place.run("python -c 'import sys; print(len(sys.stdin.read()))'", given="x" * 200_000).output == "200000\n"


def test_a_job_in_the_background_is_seen_and_ended(place: Place) -> None:
    completed = place.run(f"python -c 'import time; time.sleep(61.{os.getpid()})' > /dev/null 2>&1 & sleep 0.2")

    assert completed.left_behind
    assert not _alive(f"61.{os.getpid()}")


@pytest.mark.parametrize("how", ["fork.py", "clean.py"])
def test_what_a_program_leaves_running_is_seen_and_ended(how: str, place: Place) -> None:
    nap = f"62.{os.getpid()}"

    completed = place.run(f"python {how} {nap} > /dev/null 2>&1 < /dev/null")

    assert completed.status == 0
    assert len(completed.left_behind) == 1
    assert not _alive(nap)


def test_a_program_that_takes_too_long_is_ended(place: Place) -> None:
    completed = place.run(f"python -c 'import time; time.sleep(63.{os.getpid()})'", timeout=0.5)

    assert completed.timed_out
    assert not _alive(f"63.{os.getpid()}")


def test_a_fork_is_listed_as_what_it_runs(place: Place) -> None:
    completed = place.run("python -c 'import os; os.system(f\"ps -o args= -p {os.getpid()}\")' | head -1")

    assert completed.output.startswith("python -c import os; os.system")


def test_an_interpreter_that_ends_in_the_middle_is_told(tmp_path: Path) -> None:
    root = Path(tempfile.mkdtemp(prefix="pb-"))
    root.chmod(0o755)
    give(root, sandbox_account())
    settings = Settings(root=root, **{**SETTINGS, "preload": ("json",)})
    environment = bare_environment(settings, root)
    try:
        with preloaded_interpreter(settings, root, sandbox_account(), environment) as wait:
            place = Place(root, environment, wait())
            code = "import os, signal; os.kill(os.getppid(), signal.SIGKILL); signal.pause()"
            with pytest.raises(CouldNotCheck, match="in the middle of a program"):
                place.run(f"python -c '{code}'")
    finally:
        shutil.rmtree(root)


@pytest.mark.parametrize(
    ("preload", "told"),
    [
        ("no_such_module", "No module named 'no_such_module'"),
        ("django.contrib.auth.models", "settings"),
        ("wsgiref.handlers", "wsgiref.handlers reads HOME when it is imported"),
    ],
)
def test_what_cannot_be_preloaded_is_told(preload: str, told: str) -> None:
    root = Path(tempfile.mkdtemp(prefix="pb-"))
    root.chmod(0o755)
    give(root, sandbox_account())
    settings = Settings(root=root, **{**SETTINGS, "preload": (preload,)})
    environment = bare_environment(settings, root)
    try:
        starting = preloaded_interpreter(settings, root, sandbox_account(), environment)
        with starting as wait, pytest.raises(ProofbookError, match=told):
            wait()
    finally:
        shutil.rmtree(root)


def test_it_ends_with_its_starter(place: Place) -> None:
    settings = Settings(root=place.root, **{**SETTINGS, "preload": ("json",)})
    inner = place.root / "inner"
    inner.mkdir()
    pid = os.fork()
    if not pid:
        with preloaded_interpreter(settings, inner, sandbox_account(), bare_environment(settings, inner)) as wait:
            wait()
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)

    deadline = time.monotonic() + 60
    while _alive(f"{inner}/preloaded") and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _alive(f"{inner}/preloaded")


def _told(completed: Completed) -> str:
    """Give the output without what no two processes share."""
    return re.sub(r"(?<=line 1: ) *\d+|0x[0-9a-f]+", "N", completed.output)


def _alive(word: str) -> list[str]:
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        line = " ".join(process.info["cmdline"] or [])
        if word in line and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(line)
    return found
