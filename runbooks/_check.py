"""How every check runs: it looks, tells what it finds, and ends with one of three codes."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from _case import Case
from _finding import Finding, Outcome
from _frame import AddOptions, carry_out, read_options
from _lessons import LESSONS
from _report import FORMATS, WRITERS, as_record, as_text
from _saying import explain, say_to
from _step import CouldNotTell, Stop


class Skipped(Stop):
    """The check is left out: the reader asked for that, or there is nothing it applies to."""

    status = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One entry of a check's STEPS: it looks and yields findings, once what it needs has been checked.

    A finding that names no fault has the check's. What it yields as plain text is told and is no finding.
    """

    name: str
    title: str
    look: Callable[[Any], Iterable[Finding | str] | None]
    needs: tuple[str, ...] = ()
    fault: str = ""


class Checking:
    """One run over the checks: it keeps how each ended, and tells it at once."""

    def __init__(self, case: Case) -> None:
        self.case, self.name = case, Path(case.file).stem
        self.out = sys.stdout if case.options.format == "text" else sys.stderr
        self.outcomes: list[Outcome] = []
        self.interrupted = False

    def say(self, text: str) -> None:
        say_to(self.out, self.case.redact(text))

    def take(self, check: Check) -> None:
        """Make one check; what it found before it had to stop counts."""
        outcome = Outcome(check.name, check.title)
        self.outcomes.append(outcome)
        began = time.perf_counter()
        try:
            self.demand(check.needs)
            for said in check.look(self.case) or ():
                if isinstance(said, str):
                    outcome.notes.append(self.case.redact(said))
                else:
                    outcome.findings.append(self.clean(said, check.fault))
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # all of it is told, without secrets
            outcome.status = "skipped" if isinstance(error, Skipped) else "could-not-check"
            outcome.reason, outcome.hint = ([*map(self.case.redact, explain(error)), ""])[:2]
            outcome.hint = outcome.hint.removeprefix("hint: ")
            self.interrupted = isinstance(error, KeyboardInterrupt)
        if any(finding.severity == "error" for finding in outcome.findings):
            outcome.status, outcome.lesson = "failed", LESSONS.get(f"{self.name}.{check.name}", "")
        outcome.seconds = time.perf_counter() - began
        self.say(as_text(outcome))

    def demand(self, names: Iterable[str]) -> None:
        """Stop unless these checks have been made; whether they hold is their own affair."""
        ended = {each.name: each for each in self.outcomes}
        for name in names:
            if ended[name].status == "skipped":
                raise Skipped(f"needs `{name}`, which was left out")
            if ended[name].reason:
                raise CouldNotTell(f"needs `{name}`, which was not checked")

    def clean(self, finding: Finding, fault: str) -> Finding:
        message, hint = self.case.redact(finding.message), self.case.redact(finding.hint)
        return replace(finding, message=message, hint=hint, fault=finding.fault or fault)

    def take_all(self, checks: Sequence[Check]) -> int:
        """Make all checks and give the exit code: 0 all hold, 1 a finding, 2 something could not be checked."""
        for check in checks:
            if self.interrupted:
                self.outcomes.append(Outcome(check.name, check.title, "could-not-check", reason="interrupted"))
            else:
                self.take(check)
        for status, words in (
            ("could-not-check", "Could not check"),
            ("skipped", "Not checked"),
            ("failed", "Does not hold"),
        ):
            if names := [each.name for each in self.outcomes if each.status == status]:
                self.say(f"{words}: {', '.join(names)}.")
        ended = {each.status for each in self.outcomes}
        if ended <= {"passed", "skipped"}:
            self.say("All checks hold." if ended == {"passed"} else "What was checked holds.")
        return 1 if "failed" in ended else 2 if "could-not-check" in ended else 0


def choose(steps: Sequence[Check], only: Collection[str], skip: Collection[str]) -> list[Check]:
    """Give all checks, of which those that the reader does not want tell that they are left out."""
    wanted = set(only or [check.name for check in steps])
    for check in reversed(steps):  # what a check needs stands before it
        wanted |= set(check.needs) if check.name in wanted else set()
    wanted -= set(skip)
    return [check if check.name in wanted else replace(check, look=left_out, needs=()) for check in steps]


def left_out(_: Any) -> None:
    raise Skipped("left out by --only or --skip")


def check_all(
    file: str,
    doc: str,
    steps: Sequence[Check],
    argv: Sequence[str] | None = None,
    add_options: AddOptions | None = None,
    *,
    case_type: type[Case] = Case,
) -> int:
    """Make the checks one after the other, report them in the form asked for, and give the exit code."""
    names = [check.name for check in steps]
    options = read_options(doc, argv, lambda parser: add_choice(parser, names, add_options), acts=False)
    options.format = "json" if options.json else options.format
    chosen = choose(steps, options.only, options.skip)
    return carry_out(case_type(file, options), doc, Checking, lambda run: run.take_all(chosen), report)


def report(run: Checking, _: int) -> dict[str, Any]:
    """Write the outcomes in the form that was asked for, and give them to the record."""
    if write := WRITERS.get(run.case.options.format):
        say_to(sys.stdout, write(run.name, run.outcomes))
    return {"mode": "check", **as_record(run.outcomes)}


def add_choice(parser: argparse.ArgumentParser, names: Sequence[str], add_options: AddOptions | None) -> None:
    parser.add_argument("--format", choices=FORMATS, default="text", help="how the findings are written (text)")
    for flag, help_text in (("--only", "make no other check than these"), ("--skip", "leave these checks out")):
        parser.add_argument(
            flag, metavar="CHECK", nargs="+", action="extend", choices=names, default=[], help=help_text
        )
    if add_options:
        add_options(parser)
