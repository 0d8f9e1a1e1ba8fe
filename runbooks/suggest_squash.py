#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Suggest which migrations can be squashed, and name the operation that stands in the way of the others.

What a range would be reduced to is measured: Django's own optimiser runs over it, in memory. Nothing
is written; a suggestion is a warning and no fault.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from _case import Case
from _check import Check, check_all
from _finding import Finding
from _squash import Barrier, Range, find_ranges, name_of
from _step import CouldNotTell, Failed, Refused
from _target import start_project


class Squashing(Case):
    """What this run has found."""

    facts: dict[str, Any]
    apps: list[str]
    barriers: list[Barrier]


# --8<-- [start:read_graph]
def read_graph(case: Squashing) -> Iterator[Finding]:
    """Read every migration, and choose the apps: those named, or else the project's own."""
    settings = start_project(case).ask("settings")
    case.hide(str(settings.get("PASSWORD") or ""))
    case.teach("_inside_graph.py")
    try:
        case.facts = case.ask("squash_facts", files_only=case.options.files_only)
    except Failed as error:
        raise CouldNotTell(error.fact, "if it is the database that does not answer, add --files-only") from None
    migrations = case.facts["migrations"]
    apps = sorted({each["app"] for each in migrations})
    if unknown := sorted(set(case.options.app) - set(apps)):
        raise Refused(f"there is no app {', '.join(unknown)} with migrations", f"name one of: {', '.join(apps)}")
    own = sorted({each["app"] for each in migrations if each["own"]})
    case.apps = case.options.app or own or apps
    for app, leaves in case.facts["conflicts"].items():
        hint = f"python runbooks/merge_leaf_nodes.py --app {app}"
        yield Finding(f"{app} has several last migrations: {', '.join(leaves)}", hint, fault="MIG102")


# --8<-- [end:read_graph]


# --8<-- [start:find_squashes]
def find_squashes(case: Squashing) -> Iterator[Finding]:
    """Look at the squashes there are: one that is half applied is a fault, one that is done can be cleared away."""
    for squash in case.facts["squashes"]:
        if squash["name"].split(".")[0] not in case.apps:
            continue
        done, on_disk = len(squash["applied"]), len(squash["on_disk"])
        if case.options.files_only:
            continue
        if 0 < done < squash["count"] and not squash["recorded"]:
            yield Finding(
                f"{squash['name']} replaces {squash['count']} migrations, of which {done} are applied here",
                "deploy the release before the squash first, so that all of them are applied",
                squash["file"],
                fault="MIG116",
            )
        elif squash["recorded"] and on_disk:
            yield Finding(
                f"{squash['name']} is applied here, and the {on_disk} migrations it replaces are still there",
                "once that is so everywhere, delete them and the `replaces` of the squash",
                squash["file"],
                severity="warning",
            )


# --8<-- [end:find_squashes]


# --8<-- [start:find_all]
def find_all(case: Squashing) -> Iterator[Finding]:
    """Find in each app the ranges that can be one, and measure what they would become."""
    places = {name_of(each): each for each in case.facts["migrations"]}
    graph = {name: {".".join(parent) for parent in fact["parents"]} for name, fact in places.items()}
    case.barriers = []
    for app in case.apps:
        facts = [each for each in case.facts["migrations"] if each["app"] == app]
        ranges, barriers = find_ranges(facts, graph, places, case.facts["django"])
        case.barriers += barriers
        for each in ranges:
            yield suggest(case, app, each)
        if barriers and len(facts) > 1:
            yield without_barriers(case, app, [fact["name"] for fact in facts])


# --8<-- [end:find_all]


def suggest(case: Squashing, app: str, found: Range) -> Finding:
    names = [each["name"] for each in found.migrations]
    sizes = case.ask("optimised", app=app, names=names)
    swappable = sorted({each for fact in found.migrations for each in fact["swappable"]})
    hint = f"python manage.py squashmigrations {app} {' '.join([names[0], names[-1]])}"
    if swappable:
        hint += "; then write migrations.swappable_dependency back into it, which the command loses"
    return Finding(
        f"{app} {names[0]} to {names[-1]} can be one: "
        f"{len(names)} migrations, {sizes['before']} operations become {sizes['after']}",
        hint,
        found.migrations[0]["file"],
        severity="warning",
    )


def without_barriers(case: Squashing, app: str, names: list[str]) -> Finding:
    sizes = case.ask("optimised", app=app, names=names)
    return Finding(
        f"{app} as a whole: {len(names)} migrations, {sizes['before']} operations; squashmigrations would leave "
        f"{sizes['after']}, and {sizes['freed']} if no code and SQL of your own had to be kept",
        severity="warning",
    )


# --8<-- [start:tell_barriers]
def tell_barriers(case: Squashing) -> Iterator[Finding]:
    """Name what ends each range, with its place."""
    for each in case.barriers:
        yield Finding(f"{each.name}: {each.fact}", each.hint, each.path, each.line, severity="warning")


# --8<-- [end:tell_barriers]


# --8<-- [start:steps]
STEPS = [
    Check("graph", "The migrations can be read, each app has one last", read_graph),
    Check("squashes", "No squash is applied by half", find_squashes, ("graph",)),
    Check("ranges", "What can be squashed", find_all, ("graph",)),
    Check("barriers", "What stands in the way", tell_barriers, ("ranges",)),
]
# --8<-- [end:steps]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--app", metavar="APP", nargs="+", default=[], help="only these apps (the project's own)")
    parser.add_argument("--files-only", action="store_true", help="ask no database what is applied")


def main(argv: list[str] | None = None) -> int:
    """Run this look."""
    return check_all(__file__, __doc__, STEPS, argv, add_options, case_type=Squashing)


if __name__ == "__main__":
    raise SystemExit(main())
