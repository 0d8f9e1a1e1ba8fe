#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Merge the leaf nodes of a migration graph that has split into branches.

Django refuses to migrate while an app has several last migrations. This runbook looks whether the
branches touch the same field or model; only if they do not, it lets Django make the merge migration.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from _branches import age, collide, why
from _case import Case
from _history import ancestors, must_know, read_nodes
from _run import perform
from _step import Failed, Refused, Step
from _target import open_place


class Merge(Case):
    """What this run has found."""

    branches: dict[str, dict[str, list[str]]]
    files: dict[str, Path]


# --8<-- [start:find_branches]
def find_branches(case: Merge) -> list[str]:
    """Find the apps with several leaf nodes, and what each branch has of its own."""
    history = case.ask("history")
    nodes = {node["name"]: node for node in history["nodes"]}
    must_know(nodes, case.options.app)
    apps = [app for app in sorted(history["conflicts"]) if case.options.app in (None, app)]
    case.branches, says = {}, []
    for app in apps:
        leaves = [f"{app}.{name}" for name in history["conflicts"][app]]
        shared = set.intersection(*(ancestors(nodes, leaf) for leaf in leaves))
        case.branches[app] = {
            leaf: [each for each in nodes if each in ancestors(nodes, leaf) - shared and each.startswith(f"{app}.")]
            for leaf in leaves
        }
        says += [f"{leaf}: {age(nodes[leaf])}" for leaf in leaves]
    return says


# --8<-- [end:find_branches]


# --8<-- [start:compare_branches]
def compare_branches(case: Merge) -> list[str]:
    """Refuse if two branches touch the same part of a model: a person must choose then."""
    says = []
    for app, branches in case.branches.items():
        touched = {
            leaf: [(each, *part) for each in names for part in case.ask("touched", migration=each)]
            for leaf, names in branches.items()
        }
        leaves = list(touched)
        pairs = [
            (one, other)
            for place, leaf in enumerate(leaves)
            for later in leaves[place + 1 :]
            for one in touched[leaf]
            for other in touched[later]
            if collide(one, other, case.options.reviewed)
        ]
        if pairs:
            raise Refused(
                "; ".join(f"{one[0]} ({one[4]}) and {other[0]} ({other[4]}) {why(one, other)}" for one, other in pairs),
                "rebase one branch on the other by hand, or read code that cannot be seen through "
                "and pass --reviewed APP.MIGRATION",
            )
        says.append(f"the branches of {app} touch different fields")
    return says


# --8<-- [end:compare_branches]


# --8<-- [start:plan_merge]
def plan_merge(case: Merge) -> list[str]:
    """Ask Django which file it would write."""
    case.files = {}
    for app, branches in case.branches.items():
        told = case.ask(
            "call",
            words=["makemigrations", app],
            options={"merge": True, "interactive": False, "dry_run": True, "verbosity": 3},
        )
        name = re.search(r"^Full merge migrations file '(.+)\.py':", told, re.MULTILINE)
        if not name:
            raise Failed(f"Django would write no merge migration for {app}: {told.strip()}")
        case.files[app] = folder_of(case, branches) / f"{name[1]}.py"
    return [f"write {file}, which merges {' and '.join(case.branches[app])}" for app, file in case.files.items()]


def folder_of(case: Merge, branches: dict[str, list[str]]) -> Path:
    nodes = read_nodes(case)
    folder = Path(nodes[next(iter(branches))]["file"]).parent
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder


# --8<-- [end:plan_merge]


def undo_merge(case: Merge) -> list[str]:
    return [f"rm {file}" for file in case.files.values()]


# --8<-- [start:write_merge]
def write_merge(case: Merge) -> None:
    """Let Django write the merge migration."""
    for app, file in case.files.items():
        case.ask(
            "call",
            words=["makemigrations", app],
            options={"merge": True, "interactive": False, "name": file.stem.partition("_")[2]},
        )


# --8<-- [end:write_merge]


# --8<-- [start:check_graph]
def check_graph(case: Merge) -> list[str]:
    """Read the graph again."""
    left = case.ask("history")["conflicts"].keys() & case.files.keys()
    if left:
        raise Failed(f"still several leaf nodes in {', '.join(sorted(left))}")
    return ["one leaf node in each app; commit the file, and run migrate where it is deployed"]


# --8<-- [end:check_graph]


# --8<-- [start:steps]
STEPS = [
    Step("Open the project and its database", open_place),
    Step("Find the leaf nodes", find_branches),
    Step("Look whether the branches touch the same fields", compare_branches),
    Step("Write the merge migration", plan_merge, write_merge, undo_merge),
    Step("Check the graph", check_graph, after=True),
]
# --8<-- [end:steps]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--app", metavar="APP", help="only this app")
    parser.add_argument(
        "--reviewed",
        metavar="NAME",
        nargs="+",
        default=[],
        help="APP.MIGRATION whose code a person has read: it touches nothing of the other branch",
    )


def main(argv: list[str] | None = None) -> int:
    """Run this runbook."""
    return perform(__file__, __doc__, STEPS, argv, add_options, case_type=Merge)


if __name__ == "__main__":
    raise SystemExit(main())
