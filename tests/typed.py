"""A person at a terminal: types, reads what comes, presses Ctrl-C, closes the window."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
from tests.repository import PROOFBOOK, Repository

# a terminal that controls its session, as a window has it: without one there is no Ctrl-C and no hang-up;
# and signals as a window's programs have them, also where the tests run in the background
IN_A_WINDOW = """\
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""
CTRL_C = "\x03"
LIMIT = 300.0


class Window:
    """One terminal with one program in it."""

    def __init__(self, process: subprocess.Popen[bytes], terminal: int) -> None:
        self.process, self._terminal, self._is_open = process, terminal, True
        self.text = ""
        self._unread = ""

    def reads(self, wanted: str) -> str:
        """Wait until ``wanted`` has been printed after what was read before; give what came up to it."""
        deadline = time.monotonic() + LIMIT
        while wanted not in self._unread:
            assert time.monotonic() < deadline, f"no {wanted!r} came:\n{self.text}"
            assert self._came(), f"it ended without {wanted!r}:\n{self.text}"
        before, _, self._unread = self._unread.partition(wanted)
        return before

    def types(self, line: str) -> None:
        os.write(self._terminal, f"{line}\n".encode())

    def presses(self, key: str) -> None:
        os.write(self._terminal, key.encode())

    def runs(self, name: str) -> None:
        """Wait until a program has the keyboard, and its shell waits for it: before that Ctrl-C meets neither."""
        deadline = time.monotonic() + LIMIT
        while not self._has_keyboard(name):
            assert time.monotonic() < deadline, f"{name} does not run:\n{self.text}"
            time.sleep(0.02)

    def _has_keyboard(self, name: str) -> bool:
        try:
            program = psutil.Process(os.tcgetpgrp(self._terminal))
            shell = program.parent()
            return program.name() == name and shell is not None and shell.status() == psutil.STATUS_SLEEPING
        except (psutil.Error, OSError):
            return False

    def ends(self) -> int:
        """Read to the end and give the exit status."""
        while self._came():
            pass
        return self.process.wait(LIMIT)

    def close(self) -> None:
        """Close the window: whoever reads or writes there is hung up on."""
        if self._is_open:
            os.close(self._terminal)
            self._is_open = False

    def _came(self) -> bool:
        if not select.select([self._terminal], [], [], LIMIT)[0]:
            return False
        try:
            chunk = os.read(self._terminal, 65536).decode(errors="replace").replace("\r\n", "\n")
        except OSError:
            return False
        self.text += chunk
        self._unread += chunk
        return bool(chunk)


@contextmanager
def window(repository: Repository, *words: str) -> Iterator[Window]:
    """Open a window in which ``proofbook`` runs."""
    terminal, inside = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", IN_A_WINDOW, str(PROOFBOOK), *words],
        cwd=repository.root,
        # nothing that colours the prompt, or brackets what is pasted
        env={**repository.environment, "TERM": "dumb", "INPUTRC": os.devnull},
        stdin=inside,
        stdout=inside,
        stderr=inside,
        start_new_session=True,
    )
    os.close(inside)
    opened = Window(process, terminal)
    try:
        yield opened
    finally:
        opened.close()
        process.wait(LIMIT)
