#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Draw the migration graph: every app a lane, what stands on what, what is applied and what is last.

The picture goes to standard output as text, Mermaid, SVG or JSON. It only looks; any database that
Django knows will do, and with --files-only none is asked.
"""

from __future__ import annotations

import argparse
from typing import Any

from _picture import Node, Picture, choose, lay_out, left_out
from _picture_formats import WRITERS
from _show import Showing, show_all
from _step import CouldNotTell, Failed, Refused, Step
from _target import start_project


class Drawing(Showing):
    """What this run has found."""

    nodes: list[Node]
    picture: Picture


def open_project(case: Drawing) -> list[str]:
    settings = start_project(case).ask("settings")
    case.hide(str(settings.get("PASSWORD") or ""))
    asked = f"the {settings['vendor']} database is asked what is applied"
    return ["no database is asked" if case.options.files_only else asked]


# --8<-- [start:read_graph]
def read_graph(case: Drawing) -> list[str]:
    """Read every migration of the project and its packages, parents first."""
    case.teach("_inside_graph.py")
    case.nodes = [
        Node(
            app=each["app"],
            name=each["name"],
            parents=tuple((app, name) for app, name in each["parents"]),
            applied=each["applied"],
            last=each["leaf"],
            own=each["own"],
        )
        for each in ask_graph(case)
    ]
    return [f"{len(case.nodes)} migrations in {len({node.app for node in case.nodes})} apps"]


# --8<-- [end:read_graph]


def ask_graph(case: Drawing) -> list[Any]:
    try:
        nodes: list[Any] = case.ask("graph", files_only=case.options.files_only)
    except Failed as error:
        raise CouldNotTell(error.fact, "if it is the database that does not answer, add --files-only") from None
    return nodes


# --8<-- [start:draw]
def draw(case: Drawing) -> list[str]:
    """Draw the apps that are asked for; a name that is none must not draw an empty sheet."""
    apps = {node.app for node in case.nodes}
    if unknown := sorted(set(case.options.app) - apps):
        raise Refused(
            f"there is no app {', '.join(unknown)} with migrations", f"name one of: {', '.join(sorted(apps))}"
        )
    drawn = choose(case.nodes, case.options.app, installed=case.options.installed)
    case.picture = lay_out(drawn)
    case.shown = WRITERS[case.options.format](case.picture)
    others = [f"{count} on {app}" for app, count in left_out(drawn).items()]
    return [
        f"drawn: {', '.join(case.picture.lanes)}",
        *([f"dependencies on apps that are not drawn: {', '.join(others)}"] if others else []),
    ]


# --8<-- [end:draw]


# --8<-- [start:steps]
STEPS = [
    Step("Open the project", open_project),
    Step("Read the graph", read_graph),
    Step("Draw it", draw),
]
# --8<-- [end:steps]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--app", metavar="APP", nargs="+", default=[], help="only these apps (the project's own)")
    parser.add_argument("--installed", action="store_true", help="also the apps of installed packages")
    parser.add_argument("--files-only", action="store_true", help="ask no database what is applied")


def main(argv: list[str] | None = None) -> int:
    """Run this runbook."""
    return show_all(__file__, __doc__, STEPS, argv, add_options, formats=tuple(WRITERS), case_type=Drawing)


if __name__ == "__main__":
    raise SystemExit(main())
