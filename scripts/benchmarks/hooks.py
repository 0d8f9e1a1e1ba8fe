"""Measures what a commit costs with this repository's hooks, called by pre-commit in a generated project of another.

Each round makes one commit of every kind, first with the hooks and then, the same again, without.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import yaml
from generated import write_project
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / ".venv-lab"
PRE_COMMIT = Path(sys.executable).with_name("pre-commit")
HOOKS = ("proofbook-migrations", "proofbook-fences", "proofbook-copilot")
SIZES = (25, 200)
MIGRATION = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("app0", "{parent}")]

    operations = [migrations.AddField("Order", "{field}", models.IntegerField(null=True))]
"""


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


def prepare(project: Path, size: int) -> None:
    """Write a project with its repository, install the hooks, and let pre-commit make their environments."""
    write_project(project, size)
    (project / "prices.py").write_text("VAT = 0\n")
    (project / "README.md").write_text("# A shop\n")
    (project / ".gitignore").write_text("__pycache__/\n")
    hooks = {"repo": str(ROOT), "rev": "HEAD", "hooks": [{"id": name} for name in HOOKS]}
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [hooks]}))
    run(project, "git", "init", "--quiet")
    run(project, "git", "add", "--all")
    run(project, "git", "commit", "--quiet", "--message", "A shop")
    run(project, PRE_COMMIT, "install", "--install-hooks")


def run(project: Path, *words: str | Path) -> None:
    """Run a program as a person does whose environment is active; what it says is shown if it fails."""
    people = {f"GIT_{who}_{what}": "sam@shop.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {
        **people,
        "PATH": f"{LAB / 'bin'}:{os.environ['PATH']}",
        "VIRTUAL_ENV": str(LAB),
        "HOME": str(project.parent),
        "LANG": "C.UTF-8",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    done = subprocess.run(words, cwd=project, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def changes(project: Path) -> Mapping[str, Callable[[int], None]]:
    """Give what is edited for each kind of commit."""

    def page(number: int) -> None:
        (project / "README.md").write_text(f"# A shop\n\nEdition {number}.\n")

    def module(number: int) -> None:
        (project / "prices.py").write_text(f"VAT = {number}\n")

    def model(number: int) -> None:
        models, folder = project / "app0/models.py", project / "app0/migrations"
        parent, field = max(path.stem for path in folder.glob("0*.py")), f"extra{number}"
        line = f"class Order(models.Model):\n    {field} = models.IntegerField(null=True)\n"
        models.write_text(models.read_text("utf-8").replace("class Order(models.Model):\n", line))
        text = MIGRATION.format(parent=parent, field=field)
        (folder / f"{int(parent[:4]) + 1:04}_{field}.py").write_text(text)

    return {"a page of Markdown": page, "Python, and no model": module, "a model, with its migration": model}


def measure(project: Path, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Give the seconds of each commit, with the hooks and without; the first round compiles modules and is left out."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in changes(project)}
    for number in range(1, rounds + 2):
        for name, change in changes(project).items():
            taken[name].append(
                (commit(project, change, 2 * number), commit(project, change, 2 * number + 1, bare=True))
            )
    return {name: each[1:] for name, each in taken.items()}


def commit(project: Path, change: Callable[[int], None], number: int, *, bare: bool = False) -> float:
    """Give the seconds that git takes for a commit of this change."""
    change(number)
    run(project, "git", "add", "--all")
    began = time.perf_counter()
    run(project, "git", "commit", "--quiet", "--message", "A change", *(["--no-verify"] if bare else []))
    return time.perf_counter() - began


def table(size: int, taken: Mapping[str, list[tuple[float, float]]], rounds: int) -> Table:
    """Show the seconds of each kind of commit."""
    title = f"A commit in a project of {size} migrations with {len(HOOKS)} hooks, median of {rounds}"
    made = Table(title=title, title_justify="left")
    for column in ("commit", "seconds (spread)", "without hooks"):
        made.add_column(column, justify="left" if column == "commit" else "right", no_wrap=True)
    for name, each in taken.items():
        hooked, bare = [one for one, _ in each], [one for _, one in each]
        spread = f"{statistics.median(hooked):.2f} ({min(hooked):.2f}-{max(hooked):.2f})"
        made.add_row(name, spread, f"{statistics.median(bare):.2f}")
    return made


if __name__ == "__main__":
    sys.exit(main())
