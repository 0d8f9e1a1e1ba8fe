"""Runs one program with a time limit and capped output, and sees what it leaves behind."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil

from proofbook.errors import CouldNotCheck

MARK = "PROOFBOOK_FENCE"
PRELOADED = "PROOFBOOK_PRELOADED"
LIMIT = 1_000_000
PIPE = 1 << 20
TIMED_OUT = 124
# seconds in which what a program leaves may end by itself; on a busy machine all takes longer, so they are many
GRACE = 3.0


@dataclass(frozen=True, slots=True)
class Account:
    """The operating-system user that a sandbox's programs run as."""

    uid: int
    gid: int


def as_user(account: Account | None) -> dict[str, Any]:
    """Give the words by which ``subprocess`` starts a program as this user."""
    return {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}


@dataclass(frozen=True, slots=True)
class Completed:
    """How a program ended: exit status, output (both streams), seconds, and what it left running."""

    status: int
    output: str
    seconds: float
    timed_out: bool = False
    left_behind: tuple[str, ...] = ()


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    account: Account | None = None,
    timeout: float = 60.0,
    given: str = "",
) -> Completed:
    """Run a program to its end or its time limit; afterwards nothing it started is left in its group."""
    mark = uuid.uuid4().hex
    began = time.monotonic()
    process = start(command, cwd=cwd, environment={**environment, MARK: mark}, account=account, given=given)
    stream = process.stdout
    assert stream is not None  # noqa: S101
    # closed last: a job in the background would die of the closed pipe before it is seen
    with stream:
        output, cut, timed_out = _read(process, stream, began + timeout)
        if timed_out:
            _kill_group(process.pid)
        status = process.wait()
        sessions = {process.pid, *_preloaded_sessions(environment, mark)}
        left_behind = tuple(_end(_staying(mark, sessions, 0.0 if timed_out else GRACE)))
    if cut:
        output += f"\n(output cut at {LIMIT} bytes)\n"
    if timed_out:
        status = TIMED_OUT
    seconds = time.monotonic() - began
    return Completed(status if status >= 0 else 128 - status, output, seconds, timed_out, left_behind)


def start(
    command: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    account: Account | None = None,
    given: str = "",
) -> subprocess.Popen[bytes]:
    """Start a program in a group of its own, its output readable and unbuffered."""
    process: subprocess.Popen[bytes] = subprocess.Popen(
        command,
        cwd=cwd,
        env=dict(environment),
        stdin=subprocess.PIPE if given else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        umask=0o022,
        **as_user(account),
    )
    if given and process.stdin:
        process.stdin.write(given.encode())
        process.stdin.close()
    return process


def _read(process: subprocess.Popen[bytes], stream: IO[bytes], deadline: float) -> tuple[str, bool, bool]:
    """Read until the program has ended, keeping at most LIMIT bytes; a heir of the pipe is not waited for."""
    os.set_blocking(stream.fileno(), False)
    kept, seen, late = bytearray(), 0, 0
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while True:
            ended = process.poll() is not None
            ready = selector.select(0 if ended else min(0.05, max(0.0, deadline - time.monotonic())))
            chunk = stream.read(65536) if ready else None
            if chunk:
                seen += len(chunk)
                late += len(chunk) if ended else 0
                kept += chunk[: LIMIT - len(kept)]
            if late > PIPE or (not chunk and (ended or chunk == b"")):
                process_ended = ended or _wait(process, deadline)
                return kept.decode("utf-8", errors="replace"), seen > LIMIT, not process_ended
            if time.monotonic() > deadline:
                return kept.decode("utf-8", errors="replace"), seen > LIMIT, True


def _wait(process: subprocess.Popen[bytes], deadline: float) -> bool:
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def marked(name: str, value: str) -> list[psutil.Process]:
    """Give the living processes whose environment carries ``name=value``."""
    wanted, found = f"{name}={value}".encode(), []
    for number in _numbers():
        try:
            # read here: of some hundred processes nearly none is worth an object
            environment = Path(f"/proc/{number}/environ").read_bytes()
            if wanted in environment and wanted in environment.split(b"\0"):
                found += _living(number)
        except OSError:
            continue
    return found


def _numbers() -> list[int]:
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]  # noqa: PTH208


def _living(number: int) -> list[psutil.Process]:
    """Give the process of this number unless it is gone, killed already, or dead and not yet noticed by its parent."""
    try:
        process = psutil.Process(number)
        return [] if process.status() == psutil.STATUS_ZOMBIE or _is_killed(number) else [process]
    except (psutil.Error, OSError):
        return []


def _is_killed(number: int) -> bool:
    """Tell whether the kernel is about to end a process; on a busy machine that takes a while."""
    status = Path(f"/proc/{number}/status").read_text("utf-8", errors="replace")
    pending = next((line.split()[1] for line in status.splitlines() if line.startswith("SigPnd:")), "0")
    return bool(int(pending, 16) >> (signal.SIGKILL - 1) & 1)


def end_marked(name: str, value: str) -> list[str]:
    """End every living process that carries the mark, but for our own and those above, and give their command lines."""
    own = [psutil.Process(), *psutil.Process().parents()]
    return _end(process for process in marked(name, value) if process not in own)


def _preloaded_sessions(environment: Mapping[str, str], mark: str) -> Iterator[int]:
    """Give the sessions of the programs that the preloaded interpreter has run for a fence.

    Raises CouldNotCheck when that interpreter has ended in the middle of a program.
    """
    if PRELOADED not in environment:
        return
    folder = Path(environment[PRELOADED])
    if (folder / "lost").exists():
        hint = "prove again; with --cold every program gets an interpreter of its own"
        raise CouldNotCheck("the preloaded interpreter", "has ended in the middle of a program", hint)
    for file in (folder / "sessions").glob(f"{mark}.*"):
        yield int(file.suffix[1:])
        file.unlink()


def _staying(mark: str, sessions: AbstractSet[int], grace: float) -> list[psutil.Process]:
    """Give what a program has left running that does not end by itself: a browser's helpers take a moment to notice."""
    deadline = time.monotonic() + grace
    while (found := [*marked(MARK, mark), *_in_sessions(sessions)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def _in_sessions(leaders: AbstractSet[int]) -> list[psutil.Process]:
    """Give the living processes of sessions: a job may have cleared its environment, and its mark with it."""
    found = []
    for number in _numbers():
        try:
            if os.getsid(number) in leaders:
                found += _living(number)
        except OSError:
            continue
    return found


def _end(processes: Iterable[psutil.Process]) -> list[str]:
    names = []
    for process in dict.fromkeys(processes):
        try:
            names.append(" ".join(process.cmdline()) or process.name())
            process.kill()
            _await_end(process)
        except (psutil.Error, OSError):
            continue
    return names


def _await_end(process: psutil.Process, seconds: float = 5.0) -> None:
    """Wait until a process is dead; its parent may take its time to notice."""
    deadline = time.monotonic() + seconds
    while process.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.002)
