"""What the runbooks know of PostgreSQL's programs: they end with the run, and long ones tell how far they are."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from _complaints import hint_for_rows
from _step import CouldNotTell, Failed, Stop

try:
    import ctypes
except ImportError:  # a Python may be built without it
    prctl = None
else:
    prctl = getattr(ctypes.CDLL(None), "prctl", None)  # found before a fork; only Linux has it

PR_SET_PDEATHSIG = 1
USUAL_PAUSE, TERMINAL_PAUSE = 10.0, 1.0
UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")
STEP = 1024


def ends_with_us() -> None:
    """Have a child end when this run is killed; elsewhere than on Linux it goes on to its own end."""
    if prctl:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


# --8<-- [start:run_tool]
def run_tool(
    command: Sequence[str], environment: Mapping[str, str], progress: Callable[[], str] | None = None, pause: float = 0
) -> str:
    """Run one of PostgreSQL's programs and give what it printed; a long one is followed meanwhile."""
    try:
        running = subprocess.Popen(
            list(command),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            preexec_fn=ends_with_us,  # noqa: PLW1509  # what it calls is loaded already
            start_new_session=True,  # pg_restore ends by what a terminal sends, even where this run ignores it
        )
    except FileNotFoundError:
        raise CouldNotTell(f"{command[0]} is not on PATH", "install PostgreSQL's client programs") from None
    try:
        out, errors = follow(running, progress, pause)
    except BaseException:
        running.kill()
        running.wait()
        raise
    if running.returncode:
        raise Failed(f"{command[0]} ended with {running.returncode}: {errors.strip()}", hint_for_rows(errors))
    return out


# --8<-- [end:run_tool]


def follow(running: subprocess.Popen[str], progress: Callable[[], str] | None, pause: float) -> tuple[str, str]:
    """Wait for its end; every so often tell how far it is, on one line of a terminal or a line each."""
    shown = sys.stderr.isatty()
    wait = (pause or (TERMINAL_PAUSE if shown else USUAL_PAUSE)) if progress else None
    told = False
    while True:
        try:
            out, errors = running.communicate(timeout=wait)
        except subprocess.TimeoutExpired:
            told = True
            with suppress(Stop, OSError):  # what is measured may be gone, and so may be who reads this
                say = progress() if progress else ""
                print(f"\r\033[K     {say}" if shown else f"     {say}", end="" if shown else "\n", file=sys.stderr)
                sys.stderr.flush()
        else:
            if told and shown:
                print("\r\033[K", end="", file=sys.stderr, flush=True)
            return out, errors


def amount(size: float) -> str:
    """Write a number of bytes for people."""
    unit = 0
    while size >= STEP and unit < len(UNITS) - 1:
        size, unit = size / STEP, unit + 1
    return f"{size:.0f} {UNITS[unit]}" if unit == 0 or size >= STEP / 10 else f"{size:.1f} {UNITS[unit]}"


def tool_release(program: str) -> str:
    """Give the release of one of PostgreSQL's programs, as in 18.4."""
    found: list[str] = re.findall(r"\d+[\w.]*", run_tool([program, "--version"], os.environ))
    return found[0]


def tool_version(program: str) -> int:
    """Give its major version."""
    return int(re.findall(r"\d+", tool_release(program))[0])
