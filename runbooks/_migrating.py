"""A scratch database and the project's own Python on it: its migrations are run there, one after the other."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from _address import Target
from _case import Case
from _django_probe import Project, open_project

INSIDE = tuple(
    f"_inside_{name}.py" for name in ("aim", "following", "failing", "rehearsal", "looking", "watching", "measuring")
)
QUIET = 2.0  # seconds until progress is told, and between two times


class Migrating:
    """The migrations that wait in one scratch database, and what came of those that were run."""

    def __init__(self, case: Case, project: Project, database: str, applied: Collection[str] | None) -> None:
        self.case = case
        self.project = project
        began = project.ask("begin", name=database, applied=None if applied is None else sorted(applied))
        self.plan: list[dict[str, Any]] = began["plan"]
        self.known: dict[str, list[str]] = began["known"]
        self.told = time.monotonic()
        self.began = self.told

    def apply(self, number: int, *, measure: bool = False) -> dict[str, Any]:
        """Apply one of them, and give what it did or what stopped it."""
        self.progress(number)
        return {**self.plan[number], **self.project.ask("apply", number=number, measure=measure)}

    def unapply(self, number: int) -> dict[str, Any]:
        """Take back the one that was applied last."""
        return {**self.plan[number], **self.project.ask("unapply", number=number)}

    def end(self) -> None:
        """Do what follows after the last one."""
        self.project.ask("end")

    def progress(self, number: int) -> None:
        """Tell how far it is, if that has taken a while."""
        now = time.monotonic()
        if now - self.told >= QUIET:
            self.told = now
            name = self.plan[number]["name"]
            text = f"  ... {number} of {len(self.plan)} migrations, {now - self.began:.0f} s, now {name}"
            print(self.case.redact(text), file=sys.stderr, flush=True)


@contextmanager
def migrating(case: Case, target: Target, applied: Collection[str] | None = None) -> Iterator[Migrating]:
    """Start the project's Python on a scratch database; it is ended with the work, even in the middle."""
    options = case.options
    with open_project(options.project, options.python, options.database) as project:
        try:
            project.teach(*INSIDE)
            yield Migrating(case, project, target.value("dbname"), applied)
        finally:
            if project.python and project.python.poll() is None:
                project.python.kill()
