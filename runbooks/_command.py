"""What the runbooks know of commands that others give: they run them, show what they print, and end them."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import IO

from _step import CouldNotTell, Failed

GRACE = 5
LOOK = 0.3  # seconds after which the command itself is looked at, however much is printed


# --8<-- [start:run_command]
def run_command(
    words: Sequence[str], environment: Mapping[str, str], *, limit: float = 600, keep: tuple[int, ...] = ()
) -> Iterator[str]:
    """Run a command and give its lines as it prints them; a command that fails or takes too long is a failure.

    What it leaves running may hold its output open: its own end counts, not that of its output.
    """
    running = start(words, environment, keep)
    lines = read_beside(running)
    end = time.monotonic() + limit
    try:
        while running.poll() is None:
            yield from until_quiet(lines, 0.1, min(end, time.monotonic() + LOOK))
            if time.monotonic() > end:
                raise Failed(f"the command was ended: it took more than {limit:g} s", "allow more: --command-limit")
        yield from until_quiet(lines, 0.5, time.monotonic() + GRACE)
    finally:
        end_group(running)
    if running.returncode:
        raise Failed(f"the command ended with {running.returncode}")


# --8<-- [end:run_command]


def start(words: Sequence[str], environment: Mapping[str, str], keep: tuple[int, ...]) -> subprocess.Popen[str]:
    """Start it as the leader of a group of its own, so that all of it can be ended."""
    try:
        return subprocess.Popen(
            list(words),
            env={**os.environ, **environment},
            pass_fds=keep,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        raise CouldNotTell(f"cannot start {words[0]}: {error.strerror}", "is it on PATH?") from None


def in_shell(command: str) -> list[str]:
    """Give the words that have the shell run a command line, and stop at its first failure."""
    return ["/bin/sh", "-e", "-u", "-c", command]


def read_beside(running: subprocess.Popen[str]) -> queue.Queue[str | None]:
    """Read lines in a thread, as nobody should have to wait for the end of the output; that is a None."""
    lines: queue.Queue[str | None] = queue.Queue()

    def read(output: IO[str]) -> None:
        with output:
            for line in output:
                lines.put(line.rstrip("\n"))
        lines.put(None)

    threading.Thread(target=read, args=(running.stdout,), daemon=True).start()
    return lines


def until_quiet(lines: queue.Queue[str | None], seconds: float, end: float) -> Iterator[str]:
    """Give the lines that are there, until none has come for a while, the output has ended or time is up."""
    with suppress(queue.Empty):
        while time.monotonic() < end and (line := lines.get(timeout=seconds)) is not None:
            yield line


def end_group(running: subprocess.Popen[str]) -> None:
    """End a command that has not ended by itself, and what it started in its group."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if running.poll() is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(running.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            running.wait(timeout=GRACE)
