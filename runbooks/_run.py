"""How every runbook runs: it plans or applies, tells what it does, and ends with one of three codes."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from _case import Case
from _frame import AddOptions, carry_out, read_options
from _saying import explain, say_to
from _step import CouldNotTell, Said, Step


@dataclass(slots=True)
class Entry:
    """What came of one step."""

    title: str
    status: str = "done"
    undo: list[str] = field(default_factory=list)
    says: list[str] = field(default_factory=list)


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


def perform(
    file: str,
    doc: str,
    steps: Sequence[Step],
    argv: Sequence[str] | None = None,
    add_options: AddOptions | None = None,
    *,
    case_type: type[Case] = Case,
    undo_steps: Sequence[Step] | Callable[[argparse.Namespace], Sequence[Step]] = (),
    undoes: Callable[[argparse.Namespace], bool] = lambda _: False,
) -> int:
    """Take a runbook's steps, or those of its undo, one after the other and give its exit code."""
    options = read_options(doc, argv, add_options)
    if undoes(options):
        steps = undo_steps(options) if callable(undo_steps) else undo_steps
    return carry_out(case_type(file, options), doc, Run, lambda run: run.take_all(steps), report)


def report(run: Run, _: int) -> dict[str, Any]:
    """Give the entries to a program that asked for them, and to the record."""
    steps = [asdict(entry) | {"undo": "\n".join(entry.undo).replace("undo: ", "")} for entry in run.entries]
    if run.case.options.json:
        say_to(sys.stdout, json.dumps({"steps": steps}))
    return {"mode": "apply" if run.apply else "plan", "steps": steps}
