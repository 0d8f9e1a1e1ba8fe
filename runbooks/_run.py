"""How every runbook runs: it plans or applies, tells what it does, and ends with one of three codes."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from _case import USUAL, Case
from _masking import SECRET_NAME
from _saying import say_to
from _step import CouldNotTell, Said, Step, Stop

SHORT = 5
AddOptions = Callable[[argparse.ArgumentParser], None]


@dataclass(slots=True)
class Entry:
    """What came of one step."""

    title: str
    status: str = "done"
    undo: list[str] = field(default_factory=list)
    says: list[str] = field(default_factory=list)


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


class Run:
    """One run over the steps: it tells, acts if asked to, and keeps the entries."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.apply: bool = case.options.apply
        self.out = sys.stderr if case.options.json else sys.stdout
        self.entries: list[Entry] = []
        self.acted = self.stopped = self.could_not_tell = False

    def say(self, text: str) -> None:
        say_to(self.out, self.case.redact(text))

    def tell(self, lines: Said, heard: list[str], mark: str = "") -> None:
        for line in lines or ():
            heard.append(self.case.redact(mark + line))
            self.say("     " + (mark + line).replace("\n", "\n     "))

    def take(self, number: int, step: Step) -> None:
        entry = Entry(step.title)
        self.entries.append(entry)
        self.say(f"{number:2}. {step.title}")
        try:
            entry.status = self.outcome(step, entry)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # all of it is told, without secrets
            entry.status = getattr(error, "status", "failed")
            self.stopped = True
            self.tell(explain(error), entry.says)
            self.could_not_tell = isinstance(error, CouldNotTell) or entry.status == "failed"
        if step.act or entry.status != "done":
            self.say(f"     {entry.status.replace('-', ' ')}")

    def outcome(self, step: Step, entry: Entry) -> str:
        planned = any(each.status == "planned" for each in self.entries)
        if step.after and not self.acted:
            return "planned" if planned else "nothing-to-do"
        lines = list(step.look(self.case) or ())
        self.tell(lines, entry.says)
        if step.act is None:
            return "done"
        if not lines:
            return "nothing-to-do"
        self.tell(step.undo(self.case) if step.undo else (), entry.undo, "undo: ")
        if not self.apply:
            return "planned"
        self.acted = True
        self.tell(step.act(self.case), entry.says)
        return "done"

    def take_all(self, steps: Sequence[Step]) -> int:
        for number, step in enumerate(steps, 1):
            self.take(number, step)
            if self.stopped:
                return 2 if self.could_not_tell and not self.acted else 1
        planned = any(entry.status == "planned" for entry in self.entries)
        if not planned and not self.acted:
            self.say("There is nothing to do.")
        elif planned:
            self.say("This was the plan, nothing has been changed. Add --apply to act.")
        else:
            self.say("Done.")
        return int(planned)


def explain(error: BaseException) -> list[str]:
    """Tell an error as a fact and a hint; one that nobody foresaw says where it arose."""
    if isinstance(error, Stop):
        return [error.fact, *([f"hint: {error.hint}"] if error.hint else [])]
    if isinstance(error, KeyboardInterrupt):
        return ["interrupted; it can be run again"]
    place = traceback.extract_tb(error.__traceback__)[-1]
    return [f"{Path(place.filename).name}:{place.lineno}: {type(error).__name__}: {error}"]


def end_on_signal(*_: object) -> None:
    raise KeyboardInterrupt


def mind_signals() -> None:
    """End in good order when asked to; a run within another that must not be ended now is not, either."""
    for sign in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(sign) is not signal.SIG_IGN:
            signal.signal(sign, end_on_signal)


def perform(
    file: str,
    doc: str,
    steps: Sequence[Step],
    argv: Sequence[str] | None = None,
    add_options: AddOptions | None = None,
    *,
    case_type: type[Case] = Case,
    undo_steps: Sequence[Step] = (),
    undoes: Callable[[argparse.Namespace], bool] = lambda _: False,
) -> int:
    """Take a runbook's steps, or those of its undo, one after the other and give its exit code."""
    options = read_options(doc, argv, add_options)
    mind_signals()
    with ExitStack() as stack:
        case = case_type(file, options, stack)
        hide_environment(case)
        run = Run(case)
        run.say(f"{Path(file).stem}: {doc.splitlines()[0]}")
        code = run.take_all(undo_steps if undoes(options) else steps)
    report(run, Path(file).stem, code)
    return code


def hide_environment(case: Case) -> None:
    """Keep what the environment calls a secret out of all that is said."""
    case.hide(*(value for name, value in os.environ.items() if SECRET_NAME.search(name) and len(value) > SHORT))


def report(run: Run, name: str, code: int) -> None:
    steps = [asdict(entry) | {"undo": "\n".join(entry.undo).replace("undo: ", "")} for entry in run.entries]
    if run.case.options.json:
        say_to(sys.stdout, json.dumps({"steps": steps}))
    mode = "apply" if run.apply else "plan"
    append_record(run.case.options.record, {"runbook": name, "mode": mode, "exit": code, "steps": steps})


def append_record(folder: str | None, told: dict[str, Any]) -> None:
    """Append what came of a run to its file in the folder, if one is named."""
    if folder is None:
        return
    place = Path(folder)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), **told}
    with (place / f"{told['runbook']}.jsonl").open("a", encoding="utf-8") as record:
        record.write(json.dumps(line) + "\n")
