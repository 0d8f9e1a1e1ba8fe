"""Judges a drill: a person repairs a broken sandbox, and the page's own obligations say when it is done."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import psycopg

from proofbook.drills import Drill, append_drill
from proofbook.errors import ProofbookError
from proofbook.evaluators.terminal import Result, Terminal
from proofbook.lab.desk import Streams, engine, say
from proofbook.lab.sandbox import Sandbox
from proofbook.lab.state import State, lost, read_state
from proofbook.pages.page import Page
from proofbook.settings import Settings

FIXED, BROKEN, UNKNOWN = 0, 1, 2
MOST = 5


class Training:
    """One drill under way: it answers ``proofbook check`` and ``proofbook hint`` of the sandbox's shell."""

    def __init__(
        self, page: Page, settings: Settings, sandbox: Sandbox, hints: Sequence[str], *, was_drawn: bool
    ) -> None:
        """Note the broken state; the clock starts now."""
        self.page, self._settings, self._sandbox, self._hints = page, settings, sandbox, hints
        self._was_drawn = was_drawn
        self._engine = engine(settings)
        self._counting = threading.Lock()
        self._before = self._state()
        self._began = time.monotonic()
        self._hinted, self._checked = 0, 0
        self.seconds: float | None = None

    @property
    def is_fixed(self) -> bool:
        """Tell whether a check has passed."""
        return self.seconds is not None

    def answer(self, words: list[str], streams: Streams, line: socket.socket) -> int:
        """Answer one call from the sandbox; what counts in the drill is asked one after the other."""
        if words[:1] not in (["check"], ["hint"]):
            return self._engine(words, streams, line)
        with self._counting:
            text, status = self.check() if words[0] == "check" else (self.hint(), FIXED)
        say(streams, f"{text}\n")
        return status

    def hint(self) -> str:
        """Give the next step of the page, one at a time."""
        if self._hinted == len(self._hints):
            return f"that was the last hint; all of it is in {self.page.path}"
        self._hinted += 1
        return f"hint {self._hinted} of {len(self._hints)}\n\n{self._hints[self._hinted - 1]}"

    def check(self) -> tuple[str, int]:
        """Tell whether Verify passes and no row is lost, and how long it took."""
        self._checked += 1
        try:
            with Terminal(self._sandbox, self.page.values, self._settings.timeout) as terminal:
                results = terminal.run_all(self.page.under("Verify"))
            missing = self._missing()
        except (ProofbookError, psycopg.Error) as error:
            return f"could not check: {error}", UNKNOWN
        failed = next((each for each in results if each.problem), None)
        if failed is not None:
            return _told(failed), UNKNOWN if failed.could_not_check else BROKEN
        if missing:
            return "it works again, but something is lost:\n" + "\n".join(f"  {each}" for each in missing), BROKEN
        return self._fixed(), FIXED

    def _missing(self) -> list[str]:
        found = list(lost(self._before, self._state(), self.page.front.get("changes") or {}))
        return [*found[:MOST], *([f"and {len(found) - MOST} more"] if len(found) > MOST else [])]

    def _state(self) -> State:
        sandbox = self._sandbox
        with sandbox.own.awake() if sandbox.has_own_server else contextlib.nullcontext():
            return read_state(sandbox, self._settings.ignore_columns)

    def _fixed(self) -> str:
        if self.seconds is None:
            self.seconds = time.monotonic() - self._began
            self._record()
        return (
            f"fixed in {in_words(self.seconds)}, with {self._hinted} of {len(self._hints)} hints: "
            f"{self.page.fault} {self.page.title}\n"
            f"the way back and how to prevent it: {self.page.path}; leave with: exit"
        )

    def leave(self) -> None:
        """Write down that it was left as it was, unless it has been repaired."""
        if not self.is_fixed:
            self._record()

    def _record(self) -> None:
        seconds = self.seconds if self.seconds is not None else time.monotonic() - self._began
        major = self._sandbox.server.version
        now = datetime.now(UTC).isoformat(timespec="seconds")
        counts = {"hints": self._hinted, "checks": self._checked}
        told = Drill(
            str(self.page.fault), self.is_fixed, round(seconds, 1), **counts,
            was_drawn=self._was_drawn, date=now, postgres=major,
        )  # fmt: skip
        append_drill(self._settings, told)


def _told(failed: Result) -> str:
    """Say what Verify finds, without the page's name: it may be what is to be found out."""
    code = "\n".join(f"    {line}" for line in failed.snippet.code.splitlines())
    word = "could not check" if failed.could_not_check else "not fixed yet"
    return f"{word}; this was asked:\n\n{code}\n\nand it {failed.problem}"


def in_words(seconds: float) -> str:
    """Give a time as a person says it."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
