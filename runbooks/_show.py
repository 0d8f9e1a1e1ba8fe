"""How a runbook runs that only shows something: it speaks on standard error, what it shows goes to standard output."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from _case import Case
from _frame import AddOptions, carry_out, read_options
from _run import Run
from _saying import say_to
from _step import Step


class Showing(Case):
    """What this run has to show."""

    shown: str


def show_all(
    file: str,
    doc: str,
    steps: Sequence[Step],
    argv: Sequence[str] | None = None,
    add_options: AddOptions | None = None,
    *,
    formats: Sequence[str],
    case_type: type[Showing] = Showing,
) -> int:
    """Take the steps, print what they have to show, and give the exit code: 0 shown, 1 refused, 2 could not tell."""
    options = read_options(doc, argv, lambda parser: add_format(parser, formats, add_options), acts=False)
    options.format = "json" if options.json else options.format
    options.apply, options.json = False, True
    return carry_out(case_type(file, options), doc, Run, lambda run: take_all(run, steps), report)


def take_all(run: Run, steps: Sequence[Step]) -> int:
    for number, step in enumerate(steps, 1):
        if not run.stopped:
            run.take(number, step)
    return 0 if not run.stopped else 2 if run.could_not_tell else 1


def report(run: Run, code: int) -> dict[str, Any]:
    """Print what there is to show, and give the steps to the record."""
    if isinstance(run.case, Showing) and not code:
        say_to(sys.stdout, run.case.redact(run.case.shown))
    return {"mode": "show", "steps": [{"title": each.title, "status": each.status} for each in run.entries]}


def add_format(parser: argparse.ArgumentParser, formats: Sequence[str], add_options: AddOptions | None) -> None:
    parser.add_argument("--format", choices=formats, default=formats[0], help=f"how it is shown ({formats[0]})")
    if add_options:
        add_options(parser)
