"""Measures the validation of migrations beside what people run instead, on generated projects of two sizes.

Each round runs every way once, one after the other, so that a busy machine is busy for all of them.
"""

from __future__ import annotations

import argparse
import os
import resource
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from generated import write_project
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
RUNBOOK = str(ROOT / "runbooks" / "validate_migrations.py")
SIZES = (200, 450)
# what a project's own script did before: five programs, four of which start Django
FIVE = """
python manage.py makemigrations --check --dry-run
python manage.py migrate --plan > plan.txt
python manage.py showmigrations --plan > /dev/null
python -m py_compile app*/migrations/*.py
python manage.py migrate --plan | (! grep -qi "inconsistent\\|missing")
"""
MAKEMIGRATIONS, LINTER, FEW = "makemigrations --check --dry-run", "django-migration-linter 6.0.0", 3


def ways() -> Mapping[str, Sequence[str]]:
    """Give the command of each way."""
    own = ["python", RUNBOOK, "--since", "v1"]
    return {
        MAKEMIGRATIONS: ["python", "manage.py", "makemigrations", "--check", "--dry-run"],
        "validate_migrations, without a database": [*own, "--skip", "database"],
        "validate_migrations, with its history": own,
        "five commands of a script": ["bash", "-euo", "pipefail", "-c", FIVE],
        LINTER: ["python", "manage.py", "lintmigrations", "--no-cache"],
    }


def main() -> int:
    """Print the table of each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="proofbook-bench-") as folder:
        for size in arguments.sizes:
            project = Path(folder, str(size))
            prepare(project, size)
            Console().print(table(size, measure(project, arguments.rounds), arguments.rounds))
    return 0


def environment(folder: Path) -> dict[str, str]:
    """Give what a reader's shell has: programs, a home, compiled modules kept."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(folder), "LANG": "C.UTF-8", "GIT_CONFIG_GLOBAL": os.devnull}


def prepare(project: Path, size: int) -> None:
    """Write a project with its repository and a target database in which all is applied."""
    write_project(project, size, "django_migration_linter")
    for command in (
        "python manage.py migrate --fake --verbosity 0",
        "git init --quiet",
        "git add --all",
        "git -c user.name=Bench -c user.email=bench@example.org commit --quiet --message Project",
        "git tag v1",
    ):
        subprocess.run(shlex.split(command), cwd=project, env=environment(project), check=True)


def measure(project: Path, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Run every way in each round, the slow one in three; a first round, in which modules are compiled, is left out."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways()}
    for number in range(rounds + 1):
        for name, command in ways().items():
            if name != LINTER or 0 < number <= FEW:
                taken[name].append(timed(name, command, project))
    return {name: each if name == LINTER else each[1:] for name, each in taken.items()}


def timed(name: str, command: Sequence[str], project: Path) -> tuple[float, float]:
    """Give the seconds of one run on the clock and of the processors; all of them must find nothing wrong."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=project, env=environment(project), capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    # the linter has opinions on columns and indexes; what it thinks of this project is not measured
    if done.returncode and name != LINTER:
        raise SystemExit(f"{name} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def table(size: int, taken: Mapping[str, list[tuple[float, float]]], rounds: int) -> Table:
    """Compare all ways with makemigrations, round by round."""
    title = (
        f"Checking {size} migrations, healthy, median of {rounds} rounds; ratios to makemigrations in the same round"
    )
    made = Table(title=title, title_justify="left")
    for column in ("way", "seconds (spread)", "ratio", "ratio of processor time"):
        made.add_column(column, justify="left" if column == "way" else "right", no_wrap=True)
    base = taken[MAKEMIGRATIONS]
    for name, each in taken.items():
        walls = [wall for wall, _ in each]
        ratios = [
            statistics.median(one[place] / other[place] for one, other in zip(each, base, strict=False))
            for place in (0, 1)
        ]
        spread = f"{statistics.median(walls):.2f} ({min(walls):.2f}-{max(walls):.2f})"
        made.add_row(name, spread, *(f"{ratio:.2f}" for ratio in ratios))
    return made


if __name__ == "__main__":
    sys.exit(main())
