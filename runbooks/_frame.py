"""What every run has around its steps or checks: flags, an end in good order, secrets kept, a record."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from _case import USUAL, Case
from _masking import SECRET_NAME
from _record import append, may_append
from _saying import explain, say_to, spell_what_is_lacking
from _step import CouldNotTell

SHORT = 5
AddOptions = Callable[[argparse.ArgumentParser], None]


class Telling(Protocol):
    """One run over steps or checks."""

    def say(self, text: str) -> None:
        """Tell a line."""


T = TypeVar("T", bound=Telling)


# --8<-- [start:carry_out]
def carry_out(
    case: Case,
    doc: str,
    begin: Callable[[Case], T],
    work: Callable[[T], int],
    end: Callable[[T, int], dict[str, Any]],
) -> int:
    """Have the work done and give its exit code; the end prints what was asked for, and tells what is recorded."""
    mind_signals()
    spell_what_is_lacking()
    name = Path(case.file).stem
    with case.stack:
        hide_environment(case)
        run = begin(case)
        run.say(f"{name}: {doc.splitlines()[0]}")
        try:
            may_append(case.options.record, name)
        except CouldNotTell as error:
            run.say("\n".join(explain(error)))
            return 2
        code = work(run)
    keep(case.options.record, {"runbook": name, "exit": code, **end(run, code)})
    return code


# --8<-- [end:carry_out]


def keep(folder: str | None, told: dict[str, Any]) -> None:
    """Keep the record; what was done stands, and so does its exit code, where that is not possible any more."""
    try:
        append(folder, told)
    except CouldNotTell as error:
        say_to(sys.stderr, f"this run is not in the record: {error.fact}")


def read_options(
    doc: str, argv: Sequence[str] | None, add_options: AddOptions | None, *, acts: bool = True
) -> argparse.Namespace:
    """Read the flags; none may be shortened, as half a flag that undoes must never mean another."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--project", metavar="DIR", default=USUAL["--project"], help="folder of manage.py (here)")
    parser.add_argument("--python", metavar="PATH", default=USUAL["--python"], help="the project's Python (python)")
    parser.add_argument("--database", metavar="ALIAS", default=USUAL["--database"], help="in DATABASES (default)")
    if acts:
        parser.add_argument("--apply", action="store_true", help="act; without it only the plan is told")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--record", metavar="DIR", help="append a record of this run, without secrets")
    if add_options:
        add_options(parser)
    return parser.parse_args(argv)


def end_on_signal(*_: object) -> None:
    raise KeyboardInterrupt


def mind_signals() -> None:
    """End in good order when asked to; a run within another that must not be ended now is not, either."""
    for sign in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(sign) is not signal.SIG_IGN:
            signal.signal(sign, end_on_signal)


def hide_environment(case: Case) -> None:
    """Keep what the environment calls a secret out of all that is said."""
    case.hide(*(value for name, value in os.environ.items() if SECRET_NAME.search(name) and len(value) > SHORT))
