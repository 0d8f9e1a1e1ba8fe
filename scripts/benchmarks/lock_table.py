"""Measures what each operation of a migration locks and for how long, and writes the table into the page about locks.

The measuring is that of the check `rehearsal`: a copy of the lab, each operation on a table of its own.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from operations import CASES, app_files, rows_sql
from rich.console import Console

from proofbook.lab.lab import Lab
from proofbook.lab.preparing import prepared_lab
from proofbook.settings import read_settings

ROOT = Path(__file__).resolve().parent.parent.parent
FIGURES = ROOT / "docs/migrations/locks.json"
PAGE = ROOT / "docs/migrations/locks-measured.md"
ROWS, TIMES, VERSIONS = 100_000, 3, ("18", "16")
MODES = {
    "AccessExclusiveLock": "ACCESS EXCLUSIVE",
    "ShareRowExclusiveLock": "SHARE ROW EXCLUSIVE",
    "ShareLock": "SHARE",
    "ShareUpdateExclusiveLock": "SHARE UPDATE EXCLUSIVE",
    "RowExclusiveLock": "ROW EXCLUSIVE",
}  # the strongest first
BLOCKS = {
    "ACCESS EXCLUSIVE": "read, write",
    "SHARE ROW EXCLUSIVE": "write",
    "SHARE": "write",
    "SHARE UPDATE EXCLUSIVE": "",
    "ROW EXCLUSIVE": "write the same rows",
    "": "",
}
TABLE = re.compile(r"(?<=<!-- lock table -->\n).*(?=<!-- end of lock table -->)", re.DOTALL)


def main() -> int:
    """Measure, unless only the table is to be written from the figures that are there."""
    if sys.argv[1:] != ["--write"]:
        FIGURES.write_text(json.dumps(measure_all(), indent=1) + "\n", "utf-8")
    PAGE.write_text(
        TABLE.sub(lambda _: table(json.loads(FIGURES.read_text("utf-8"))), PAGE.read_text("utf-8")), "utf-8"
    )
    return 0


def measure_all() -> dict[str, Any]:
    """Measure on every version, several times each."""
    settings, console = read_settings(ROOT), Console()
    commit = subprocess.run(
        ["git", "rev-parse", "--short=8", "HEAD"], cwd=ROOT, text=True, capture_output=True, check=True
    )
    found: dict[str, Any] = {
        "measured": datetime.now(UTC).date().isoformat(),
        "commit": commit.stdout.strip(),
        "cores": os.cpu_count(),
        "load": f"{os.getloadavg()[0]:.1f}",
        "rows": ROWS,
        "times": TIMES,
        "versions": {},
    }
    for version in VERSIONS:
        with prepared_lab(settings, version, console.print) as lab:
            console.print(f"PostgreSQL {lab.server.version}: {len(CASES)} operations, {TIMES} times")
            found["versions"][version] = measure(lab)
    return found


def measure(lab: Lab) -> list[dict[str, Any]]:
    """Give what each operation did on one version; seconds are the median."""
    with lab.sandbox() as sandbox:
        sandbox.files.edit("depot/settings/base.py", '    "orders",\n', '    "orders",\n    "bench",\n')
        for path, text in app_files(ROWS).items():
            sandbox.files.write(path, text)
        sandbox.files.write(
            "measure_operations.py", Path(__file__).with_name("measure_operations.py").read_text("utf-8")
        )
        sandbox.run("python manage.py migrate bench 0001 --verbosity 0")
        for statement in [*rows_sql(ROWS), "ANALYZE"]:
            sandbox.sql(statement)
        runs = []
        for _ in range(TIMES):
            out = sandbox.run("python measure_operations.py", timeout=600).output
            runs.append([json.loads(line) for line in out.splitlines() if line.startswith("{")])
    return [summary(number, [run[number] for run in runs]) for number in range(len(CASES))]


def summary(number: int, told: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Sum up one operation: locks by table with the longest time each was held, rows read, tables rewritten."""
    first, names = told[0], {f"bench_m{number + 1}": "table", "bench_parent": "parent"}
    statements = [each for each in first["statements"] if each["sql"]]
    locks = {
        word: [mode := strongest(first["held"][name]), median(each["held"][name][long_name(mode)] for each in told)]
        for name, word in names.items()
        if strongest(first["held"].get(name, {}))
    }
    return {
        "operation": CASES[number]["name"],
        "locks": locks,
        "rewritten": any(each.get("rewritten") for each in statements),
        "read": any(rows > 0 for each in statements for _, rows in each.get("scanned", ())),
        "stops": (first["error"] or {}).get("kind", ""),
    }


def strongest(modes: Mapping[str, float]) -> str:
    return next((spoken for mode, spoken in MODES.items() if mode in modes), "")


def long_name(spoken: str) -> str:
    return next(mode for mode, each in MODES.items() if each == spoken)


def median(values: Any) -> float:
    return round(statistics.median(values), 4)


def table(found: Mapping[str, Any]) -> str:
    """Write the figures as a table, one operation a line; the versions share a line as long as they agree."""
    versions = found["versions"]
    measured = (
        f"Measured on {found['measured']} at commit {found['commit']}, {found['cores']} cores, load {found['load']}: "
        f"{found['rows']:,} rows in each table, the median of {found['times']} runs."
    )
    held = " | ".join(f"held on {version}" for version in versions)
    lines = [
        measured,
        "",
        f"| operation | lock | others cannot | {held} | all rows |",
        "|---|---|---|" + "---:|" * len(versions) + "---|",
    ]
    for rows in zip(*versions.values(), strict=True):
        lines += written(rows)
    return "\n".join(lines) + "\n"


def written(rows: tuple[Mapping[str, Any], ...]) -> list[str]:
    """Write one operation; a lock on the table it points to has a line of its own."""
    first = rows[0]
    if first["stops"]:
        return [f"| {first['operation']} | | | {' | '.join('fails' for _ in rows)} | |"]
    work = " / ".join(dict.fromkeys(done(each) for each in rows))
    lines: list[str] = []
    for word in first["locks"] or {"table": []}:
        modes = sorted({each["locks"].get(word, ["", 0])[0] for each in rows})
        held = [f"{each['locks'][word][1] * 1000:.0f} ms" if word in each["locks"] else "" for each in rows]
        name = "... on the table it points to" if lines else first["operation"]
        blocks = " / ".join(BLOCKS[mode] for mode in modes)
        lines.append(f"| {name} | {' / '.join(modes)} | {blocks} | {' | '.join(held)} | {'' if lines else work} |")
    return lines


def done(operation: Mapping[str, Any]) -> str:
    """Tell what happens to the rows: those that are written anew are read, too."""
    return "rewritten" if operation["rewritten"] else "read" if operation["read"] else ""


if __name__ == "__main__":
    raise SystemExit(main())
