"""Measures what a machine needs for the tutorial: every command of the page for newcomers, once the lab is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from proofbook.proof.records import Records
from proofbook.settings import read_settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = "docs/onboarding.md"
# a new interpreter for each program, as in the shell in which a person types
COMMAND = (Path(sys.executable).with_name("proofbook"), "prove", "--fresh", "--cold", PAGE)


def main() -> int:
    """Prove the page and print the seconds of its commands."""
    done = subprocess.run(COMMAND, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    settings = read_settings(ROOT)
    records = Records(settings.store / "records").of_page(PAGE)
    taken = [record.seconds for record in records if record.postgres == settings.postgres]
    table = Table(title="The first hour, seconds", title_justify="left")
    for name in ("page", "fences", "all of them", "the longest"):
        table.add_column(name, justify="left" if name == "page" else "right")
    table.add_row(PAGE, str(len(taken)), f"{sum(taken):.1f}", f"{max(taken):.1f}")
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
