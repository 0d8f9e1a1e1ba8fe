"""What every runbook shares: its steps, plan and apply, what is said and how it ends."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote


class Stop(Exception):  # noqa: N818  # the reasons to stop are no errors of the program
    """A reason to stop here: what is so, and what the reader can do about it."""

    status = "failed"

    def __init__(self, fact: str, hint: str = "") -> None:
        super().__init__(fact)
        self.fact = fact
        self.hint = hint


class Refused(Stop):
    """It can be told what is wrong, and acting would not be safe."""

    status = "refused"


class Failed(Stop):
    """A command that should have worked did not."""


class CouldNotTell(Stop):
    """Nothing can be said, as something that is needed does not answer."""


class Case(SimpleNamespace):
    """What the steps of one run have found so far."""

    options: argparse.Namespace
    stack: ExitStack
    file: str

    def hide(self, *secrets: str | None) -> None:
        """Keep these texts out of everything that is said from now on."""
        for secret in secrets:
            if secret and len(secret) > 2:  # noqa: PLR2004  # two letters would blot out ordinary words
                self.secrets |= {secret, quote(secret, safe=""), json.dumps(secret)[1:-1]}

    def redact(self, text: str) -> str:
        """Give the text without anything secret."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return re.sub(r"(\w://[^\s:/@]*:)[^\s@]+@", r"\1***@", text)

    def command(self, *flags: str) -> str:
        """Give the command line that runs this runbook again with other flags."""
        path = Path(self.file)
        inside = path.is_relative_to(Path.cwd())
        shown = path.relative_to(Path.cwd()) if inside else path
        program = [str(shown)] if path.exists() else [str(shown.parent), path.stem]
        kept = ["--project", "--python", "--database"]
        values = [getattr(self.options, flag[2:]) for flag in kept]
        same = [
            word
            for flag, value, usual in zip(kept, values, USUAL, strict=True)
            if value != usual
            for word in (flag, value)
        ]
        return shlex.join(["python", *program, *same, *flags])


Said = Iterable[str] | None


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a runbook: it looks, and if it has an act it may change something.

    Without an act, look tells what it sees. With one, look tells what there is to do: nothing told,
    nothing to do. A step marked after runs only once something has been done.
    """

    title: str
    look: Callable[[Any], Said]
    act: Callable[[Any], Said] | None = None
    undo: Callable[[Any], Said] | None = None
    after: bool = False


@dataclass(slots=True)
class Entry:
    """What came of one step."""

    title: str
    status: str = "done"
    undo: list[str] = field(default_factory=list)
    says: list[str] = field(default_factory=list)


SECRET, SHORT = re.compile("PASSWORD|SECRET|TOKEN"), 5
USUAL = (".", "python", "default")


def read_options(doc: str, argv: Sequence[str] | None, add_options: Callable[[Any], None] | None) -> Any:
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--project", metavar="DIR", default=USUAL[0], help="folder of manage.py (here)")
    parser.add_argument("--python", metavar="PATH", default=USUAL[1], help="the project's interpreter (python)")
    parser.add_argument("--database", metavar="ALIAS", default=USUAL[2], help="alias in DATABASES (default)")
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
        self.apply = case.options.apply
        self.out = sys.stderr if case.options.json else sys.stdout
        self.entries: list[Entry] = []
        self.acted = self.stopped = False

    def say(self, text: str) -> None:
        print(self.case.redact(text), file=self.out, flush=True)

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


def perform(
    file: str,
    doc: str,
    steps: Sequence[Step],
    argv: Sequence[str] | None = None,
    add_options: Callable[[Any], None] | None = None,
) -> int:
    """Take a runbook's steps one after the other and give its exit code."""
    options = read_options(doc, argv, add_options)
    signal.signal(signal.SIGTERM, end_on_signal)
    with ExitStack() as stack:
        case = Case(options=options, stack=stack, file=file, secrets=set(), project=None)
        case.hide(*(value for name, value in os.environ.items() if SECRET.search(name) and len(value) > SHORT))
        run = Run(case)
        run.say(f"{Path(file).stem}: {doc.splitlines()[0]}")
        code = run.take_all(steps)
    report(run, Path(file).stem, code)
    return code


def report(run: Run, name: str, code: int) -> None:
    steps = [asdict(entry) | {"undo": "\n".join(entry.undo).replace("undo: ", "")} for entry in run.entries]
    if run.case.options.json:
        print(json.dumps({"steps": steps}))
    if run.case.options.record:
        folder = Path(run.case.options.record)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = "apply" if run.apply else "plan"
        line = {
            "runbook": name,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "mode": mode,
            "exit": code,
            "steps": steps,
        }
        with (folder / f"{name}.jsonl").open("a", encoding="utf-8") as record:
            record.write(json.dumps(line) + "\n")
