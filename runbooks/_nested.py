"""How one runbook makes use of another: in the same run, with what it says set in."""

from __future__ import annotations

import importlib
import sys
from contextlib import redirect_stdout
from typing import TextIO

from _case import USUAL, Case
from _step import CouldNotTell, Failed, Refused


class SetIn:
    """A stream whose lines stand below the step that they belong to."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.at_start = True

    def write(self, text: str) -> int:
        """Write with every line set in."""
        for line in text.splitlines(keepends=True):
            self.stream.write(f"     {line}" if self.at_start and line.strip() else line)
            self.at_start = line.endswith("\n")
        return len(text)

    def fileno(self) -> int:
        """Give the number of what it writes to."""
        return self.stream.fileno()

    def flush(self) -> None:
        """Have it shown."""
        self.stream.flush()


def code_of(case: Case, runbook: str, *flags: str) -> int:
    """Run another runbook on the same project, and give its exit code."""
    same = [word for flag in USUAL for word in (flag, str(getattr(case.options, flag[2:])))]
    stream = SetIn(sys.stderr if case.options.json else sys.stdout)
    try:
        with redirect_stdout(stream):
            code: int = importlib.import_module(runbook).main([*same, *flags])
    except SystemExit:
        raise CouldNotTell(f"{runbook} does not take these flags", "what it says on standard error tells why") from None
    return code


def must_pass(case: Case, runbook: str, *flags: str) -> None:
    """Run another runbook, and fail unless it succeeds."""
    if code := code_of(case, runbook, *flags):
        raise Failed(f"{runbook} ended with {code}", "what it says above tells why")


def must_hold(case: Case, runbook: str, *flags: str) -> None:
    """Make another runbook's checks, and stop unless they hold; what could not be checked has not passed."""
    if code := code_of(case, runbook, *flags):
        kind = Refused if code == 1 else CouldNotTell
        raise kind(f"{runbook} {'found something' if code == 1 else 'could not check'}", "see above")
