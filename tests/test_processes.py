"""One program at a time: its output, its limit, and what it leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from proofbook.lab import programs
from proofbook.lab.programs import LIMIT, TIMED_OUT, Completed, end_marked, marked, run, start

# a number of this process's own: another run of these tests may be at work on the machine
NAP, STUBBORN, MARKED = (f"{seconds}.{os.getpid()}" for seconds in (61, 62, 64))
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


@pytest.fixture(autouse=True)
def without_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for no job: those of these tests stay until they are ended."""
    monkeypatch.setattr(programs, "GRACE", 0.0)


def bash(code: str, timeout: float = 40, given: str = "") -> Completed:
    return run(["bash", "-c", code], cwd=Path("/"), environment=ENVIRONMENT, timeout=timeout, given=given)


def alive(word: str) -> list[psutil.Process]:
    every = psutil.process_iter(["cmdline", "status"])
    living = (process for process in every if process.info["status"] != psutil.STATUS_ZOMBIE)
    return [process for process in living if word in (process.info["cmdline"] or [])]


def test_status_and_both_streams() -> None:
    completed = bash("echo out; echo err >&2; exit 3")

    assert (completed.status, completed.output) == (3, "out\nerr\n")
    assert not completed.left_behind


def test_a_signal_is_told_as_a_shell_tells_it() -> None:
    assert bash("kill -TERM $$").status == 143


def test_what_is_given_is_read_and_nothing_else_is() -> None:
    assert bash("cat", given="x\n").output == "x\n"
    assert bash("cat").output == ""


def test_output_that_is_no_text_is_shown_all_the_same() -> None:
    assert bash(r"printf 'a\xffb'").output == "a�b"


def test_what_never_ends_is_ended_with_all_its_children() -> None:
    completed = bash(f"sleep {NAP} & sleep {NAP}", timeout=0.5)

    assert (completed.timed_out, completed.status) == (True, TIMED_OUT)
    assert completed.seconds < float(NAP)
    assert not alive(NAP)


def test_a_program_that_ignores_signals_is_ended_too() -> None:
    completed = bash(f"trap '' TERM INT HUP; sleep {STUBBORN}", timeout=0.5)

    assert completed.timed_out
    assert not alive(STUBBORN)


@pytest.mark.parametrize(
    "code",
    [
        f"sleep {NAP} &",
        f"nohup sleep {NAP} > /dev/null 2>&1 &",
        f"setsid sleep {NAP} &",
        f"(sleep {NAP} & disown) ",
        f"env -i sleep {NAP} > /dev/null 2>&1 &",
        "(while true; do sleep 0.1; done) &",
    ],
    ids=["a job", "nohup", "setsid", "disown", "without its environment", "a loop"],
)
def test_a_job_in_the_background_is_seen_and_ended(code: str) -> None:
    completed = bash(code)

    assert completed.left_behind
    assert not completed.timed_out
    assert not alive(NAP)


def test_a_job_that_ends_as_soon_as_it_is_alone_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    # as a browser's helpers do; how long that takes is the machine's affair
    monkeypatch.setattr(programs, "GRACE", 60.0)

    assert bash("(while kill -0 $$ 2> /dev/null; do sleep 0.05; done) &").left_behind == ()


def test_a_job_that_was_waited_for_is_none() -> None:
    assert bash("sleep 0.1 & wait").left_behind == ()


def test_a_job_that_talks_on_does_not_hold_the_fence_up() -> None:
    completed = bash("yes & sleep 0.1", timeout=40)

    assert completed.left_behind
    assert not completed.timed_out


def test_long_output_is_cut_with_a_note() -> None:
    completed = bash(f"head -c {LIMIT + 1} /dev/zero | tr '\\0' x")

    assert completed.output == "x" * LIMIT + f"\n(output cut at {LIMIT} bytes)\n"
    assert completed.status == 0


def test_output_at_the_limit_is_not_cut() -> None:
    assert bash(f"head -c {LIMIT} /dev/zero | tr '\\0' x").output == "x" * LIMIT


@pytest.mark.slow
def test_a_hundred_megabytes_take_no_memory_and_no_patience() -> None:
    code = (
        "import re, sys; from pathlib import Path; from proofbook.lab.programs import run;"
        "done = run(['bash', '-c', 'head -c 100000000 /dev/zero | tr \"\\\\0\" x; exit 4'], cwd=Path('/'),"
        " environment={'PATH': '/usr/bin:/bin'});"
        # getrusage would tell what the worker of the tests held before it became this program
        "most = re.search(r'VmHWM:\\s+(\\d+) kB', Path('/proc/self/status').read_text())[1];"
        "print(done.status, len(done.output), most)"
    )

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert int(told[0]) == 4
    assert int(told[1]) < LIMIT + 100
    assert int(told[2]) < 200_000


def test_a_mark_is_found_and_ended() -> None:
    process = start(["sleep", MARKED], cwd=Path("/"), environment={**ENVIRONMENT, "TEST_MARK": MARKED})
    began = time.monotonic()
    while not marked("TEST_MARK", MARKED) and time.monotonic() - began < 60:
        time.sleep(0.01)

    assert end_marked("TEST_MARK", MARKED) == [f"sleep {MARKED}"]
    assert process.wait(60) == -signal.SIGKILL
    assert marked("TEST_MARK", MARKED) == []
    process.stdout.close()
