"""Measures how long a sandbox takes to make, read and remove, and what the last proofs of each page took."""

from __future__ import annotations

import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from proofbook.lab.lab import Lab
from proofbook.lab.preparing import prepared_lab
from proofbook.lab.sandbox import Sandbox
from proofbook.lab.state import read_state
from proofbook.proof.records import Records
from proofbook.settings import Settings, read_settings

ROOT = Path(__file__).resolve().parent.parent.parent
RUNS = 20
CONSOLE = Console()
STARTED = {
    "Python that does nothing": "python -c ''",
    "manage.py check": "python manage.py check",
    "manage.py migrate, nothing to do": "python manage.py migrate --verbosity 0",
    "a runbook's plan": "python runbooks/repair_history.py --app orders",
}


def main() -> int:
    """Print both tables."""
    settings = read_settings(ROOT)
    with prepared_lab(settings, settings.postgres, CONSOLE.print) as lab:
        show_sandboxes(lab)
    show_pages(settings)
    return 0


def show_sandboxes(lab: Lab) -> None:
    """Measure one sandbox after the other, and one as a copy of another."""
    table = Table(
        title=f"Sandboxes on PostgreSQL {lab.server.version}, {RUNS} runs, milliseconds", title_justify="left"
    )
    for name in ("step", "median", "fastest", "slowest"):
        table.add_column(name, justify="left" if name == "step" else "right")
    ignored = lab.settings.ignore_columns
    with lab.sandbox() as source:
        add(table, "sandbox ready, from the template", lambda: _opened(lab))
        add(table, "sandbox ready, as a copy of another", lambda: _opened(lab, source))
        add(table, "sandbox made and removed", lambda: _open(lab))
        add(table, "state read (files, schema, rows)", lambda: read_state(source, ignored))
        add(table, "bash started", lambda: source.run("true"))
        for what, command in STARTED.items():
            add(
                table, f"{what}, a new interpreter", lambda command=command: source.run(f"PATH=${{PATH#*:}}; {command}")
            )
            add(table, f"{what}, preloaded", lambda command=command: source.run(command))
    CONSOLE.print(table)


def _open(lab: Lab) -> None:
    with lab.sandbox():
        return


def _opened(lab: Lab, source: Sandbox | None = None) -> float:
    """Give the moment at which a sandbox was ready; its removal is not counted."""
    with lab.sandbox(source):
        return time.perf_counter()


def add(table: Table, name: str, step: Callable[[], float | object]) -> None:
    """Time one step several times and add its row; a step may say itself when it was done."""
    taken = []
    for _ in range(RUNS):
        began = time.perf_counter()
        said = step()
        ended = said if isinstance(said, float) else time.perf_counter()
        taken.append((ended - began) * 1000)
    table.add_row(name, *(f"{value:.0f}" for value in (statistics.median(taken), min(taken), max(taken))))


def show_pages(settings: Settings) -> None:
    """Show the seconds that the records hold."""
    seconds: dict[tuple[str, str], float] = defaultdict(float)
    for record in Records(settings.store / "records").all():
        seconds[record.page, record.postgres] += record.seconds
    if not seconds:
        CONSOLE.print("no page has been proven in this checkout: run scripts/prove")
        return
    table = Table(title="Last proof of each page, seconds", title_justify="left")
    table.add_column("page")
    majors = sorted({major for _page, major in seconds})
    for major in majors:
        table.add_column(f"PostgreSQL {major}", justify="right")
    for page in sorted({page for page, _major in seconds}):
        table.add_row(page, *(f"{seconds[page, major]:.1f}" if (page, major) in seconds else "-" for major in majors))
    CONSOLE.print(table)


if __name__ == "__main__":
    sys.exit(main())
