#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Check the migrations of a project: files, graph, models, the target database's history, and what is deployed.

The project's own Python is started once. What cannot be checked is told and is never taken for passed.
"""

from __future__ import annotations

import argparse

from _check import Check, check_all
from _graph_checks import files, leaves, parents
from _history_checks import database, history, pending
from _model_check import models
from _rehearsal import (
    Rehearsing,
    add_rehearsal_options,
    build_from_empty,
    lock_hazards,
    rehearse,
    reversible,
    same_schema,
)
from _target import start_project
from _untouched import untouched
from _validation import Validation


# --8<-- [start:project]
def project(case: Validation) -> None:
    """Start the project, with the settings it would be deployed with."""
    started = start_project(case)
    case.settings = started.ask("settings")
    case.hide(str(case.settings.get("PASSWORD") or ""))
    started.teach("_inside_reading.py", "_inside_records.py", "_inside_checks.py")


# --8<-- [end:project]


# --8<-- [start:steps]
STEPS = [
    Check("project", "The project starts", project),
    Check("files", "Every migration file loads", files, ("project",), "MIG105"),
    Check("parents", "Every parent is there, nothing goes in a circle", parents, ("project",)),
    Check("leaves", "Each app has one last migration", leaves, ("project",), "MIG102"),
    Check("models", "Models and migrations agree", models, ("project",), "MIG106"),
    Check("database", "The target database answers", database, ("project",)),
    Check("history", "What is applied has its dependencies", history, ("database",), "MIG101"),
    Check("pending", "What migrate would apply", pending, ("database",), "MIG107"),
    Check("untouched", "Deployed migrations are as they were", untouched, (), "MIG112"),
    Check("build-from-empty", "Every migration runs on an empty database", build_from_empty, ("database",)),
    Check("rehearsal", "What waits runs on a copy with rows", rehearse, ("database",)),
    Check("lock-hazards", "What waits locks nobody out for long", lock_hazards, ("database",)),
    Check("reversible", "What waits can be taken back", reversible, ("database",), "MIG113"),
    Check("same-schema", "Fresh and upgraded schemas are the same", same_schema, ("build-from-empty",), "MIG117"),
]
# --8<-- [end:steps]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--expect-applied", action="store_true", help="a migration that is not applied is a finding")
    parser.add_argument("--since", metavar="REV", help="what is deployed: its migrations must not have been touched")
    add_rehearsal_options(parser)


def main(argv: list[str] | None = None) -> int:
    """Run these checks."""
    return check_all(__file__, __doc__, STEPS, argv, add_options, case_type=Rehearsing)


if __name__ == "__main__":
    raise SystemExit(main())
