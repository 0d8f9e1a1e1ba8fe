"""Measures what proving takes and where its time goes, with the preloaded interpreter and without."""

from __future__ import annotations

import functools
import json
import resource
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

from rich.console import Console
from rich.table import Table

from proofbook.commands import prove
from proofbook.evaluators import database
from proofbook.lab import lab, programs
from proofbook.pages import reading
from proofbook.proof import evidence
from proofbook.proof.records import Records
from proofbook.settings import Settings, read_settings

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = ("docs/faults/BAK101.md", "docs/faults/MIG101.md", "docs/faults/MIG215.md", "docs/migrations/testing.md")
EDITED = "docs/faults/MIG102.md"
CONSOLE = Console()
RUNNING = "programs run"
PARTS: tuple[tuple[str, tuple[tuple[Any, str], ...]], ...] = (
    (RUNNING, ((programs, "_read"),)),
    ("programs started", ((programs, "start"),)),
    ("looked for what programs left", ((programs, "marked"), (programs, "_in_sessions"))),
    ("SQL fences run", ((database.Connection, "run"),)),
    ("databases made and removed", ((lab.Lab, "_create_database"), (lab, "drop_databases"))),
    ("projects copied and removed", ((lab, "copy_tree"), (lab.shutil, "rmtree"))),
    ("states read", ((evidence, "read_state"),)),
    ("pages read", ((reading, "read_page"),)),
)


class Parts:
    """Seconds by part, each without the parts inside it; what another thread does meanwhile is not counted."""

    def __init__(self) -> None:
        """Start at nothing."""
        self.seconds: dict[str, float] = defaultdict(float)
        self.times: dict[str, int] = defaultdict(int)
        self._inner: list[float] = []
        self._thread = threading.get_ident()

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Give the function, its time counted."""

        @functools.wraps(function)
        def counted(*args: Any, **words: Any) -> Any:
            if threading.get_ident() != self._thread:
                return function(*args, **words)
            began = time.perf_counter()
            self._inner.append(0.0)
            try:
                return function(*args, **words)
            finally:
                taken = time.perf_counter() - began
                self.seconds[part] += taken - self._inner.pop()
                self.times[part] += 1
                if self._inner:
                    self._inner[-1] += taken

        return counted


def main() -> int:
    """Print both tables, and fail when the two ways of proving do not agree."""
    settings = read_settings(ROOT)
    show_split(settings)
    return show_budgets(settings)


def show_split(settings: Settings) -> None:
    """Show where the time of a few pages goes, proven one after the other in this process."""
    seen = [split_of(settings, cold=cold) for cold in (True, False)]
    title = f"Proving {len(PAGES)} pages one after the other, seconds: {', '.join(Path(page).stem for page in PAGES)}"
    table = Table(title=title, title_justify="left")
    for name in ("part", "times", "new interpreters", "preloaded"):
        table.add_column(name, justify="left" if name == "part" else "right")
    for part in seen[0]:
        times = seen[0][part][1]
        table.add_row(part, str(times or ""), *(f"{each[part][0]:.1f}" for each in seen))
    CONSOLE.print(table)


def split_of(settings: Settings, *, cold: bool) -> dict[str, tuple[float, int]]:
    """Prove the pages and give seconds and number of times by part."""
    parts = Parts()
    files = tuple(ROOT / page for page in PAGES)
    before, began = _processor_seconds(), time.perf_counter()
    with ExitStack() as stack:
        for part, places in PARTS:
            for place, name in places:
                stack.enter_context(mock.patch.object(place, name, parts.timed(part, getattr(place, name))))
        stack.enter_context(mock.patch.object(prove, "Console", return_value=Console(quiet=True)))
        prove.prove_pages(settings, files, fresh=True, workers=1, cold=cold)
    whole = time.perf_counter() - began
    found = {part: (parts.seconds[part], parts.times[part]) for part, _ in PARTS}
    rest = whole - sum(seconds for seconds, _ in found.values())
    # forks are not our children: their interpreter, which is one, is counted when it ends
    busy = _processor_seconds() - before
    split = {RUNNING: found.pop(RUNNING), "  of it their processors' time": (busy, 0)}
    split["  of it waiting: for SQL, locks, limits, a processor"] = (max(0.0, split[RUNNING][0] - busy), 0)
    return {**split, **found, "pytest, records, server and templates": (rest, 0), "all": (whole, 0)}


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def show_budgets(settings: Settings) -> int:
    """Show what a person waits for, and compare what the two ways have recorded."""
    table = Table(title="What a person waits for, seconds, two pages at a time", title_justify="left")
    table.add_column("run")
    table.add_column("seconds", justify="right")
    cold, records_cold = _run("--fresh", "--cold"), _records(settings)
    warm, records_warm = _run("--fresh"), _records(settings)
    count = len({page for page, _name in records_warm})
    table.add_row(f"all {count} pages afresh, a new interpreter for each program", f"{cold:.1f}")
    table.add_row(f"all {count} pages afresh, preloaded", f"{warm:.1f}")
    table.add_row(f"one page edited ({Path(EDITED).stem})", f"{_run('--fresh', EDITED):.1f}")
    table.add_row("nothing changed", f"{_run():.1f}")
    CONSOLE.print(table)
    differing = sorted(
        name for name in records_cold.keys() | records_warm.keys() if records_cold.get(name) != records_warm.get(name)
    )
    CONSOLE.print(f"{len(records_warm)} records, {len(differing)} differ between the two ways of proving")
    for page, name in differing:
        CONSOLE.print(f"  {page}::{name}", highlight=False)
    return 1 if differing else 0


def _run(*words: str) -> float:
    began = time.perf_counter()
    command = [str(Path(sys.executable).parent / "proofbook"), "prove", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        CONSOLE.print(done.stdout[-2000:], done.stderr[-2000:], highlight=False)
    return time.perf_counter() - began


def _records(settings: Settings) -> dict[tuple[str, str], str]:
    """Give what is recorded on the usual server, but for the seconds and the date."""
    found = {}
    for record in Records(settings.store / "records").all():
        if record.postgres == settings.postgres:
            kept = (record.state, record.message, record.hash, record.commit, dict(record.versions))
            found[record.page, record.name] = json.dumps(kept, sort_keys=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
