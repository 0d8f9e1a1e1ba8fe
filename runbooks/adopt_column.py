#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Record a migration whose column, table, index or constraint was made outside the history.

migrate stops with "already exists". Faking it is right only if what is there is what the migration would
have made. This runbook makes it on an empty copy of the table, compares the two, and records that one
migration only if they are equal.
"""

from __future__ import annotations

import argparse

from _case import Case
from _effect import judge
from _history import let_django_check, read_nodes, record
from _run import perform
from _step import Refused, Step
from _target import open_place


class Adoption(Case):
    """What this run has found."""

    name: str
    applied: bool


# --8<-- [start:find_migration]
def find_migration(case: Adoption) -> list[str]:
    """Find the migration; it must be the next one that migrate would run."""
    nodes = read_nodes(case)
    app, wanted = case.options.app, case.options.migration.removesuffix(".py")
    found = [name for name in nodes if name.startswith(f"{app}.{wanted}")]
    found = [f"{app}.{wanted}"] if f"{app}.{wanted}" in found else found
    if len(found) != 1:
        raise Refused(
            f"{len(found)} migrations of {app} begin with {wanted}",
            "name one of: " + ", ".join(name for name in nodes if name.startswith(f"{app}.")),
        )
    case.name, case.applied = found[0], nodes[found[0]]["applied"]
    missing = [parent for parent in nodes[case.name]["parents"] if not nodes[parent]["applied"]]
    if missing and not case.applied:
        raise Refused(
            f"{case.name} stands on {', '.join(missing)}, which is not applied", f"migrate as far as {missing[0]} first"
        )
    return [f"{case.name} is {'' if case.applied else 'not '}recorded as applied"]


# --8<-- [end:find_migration]


# --8<-- [start:compare_effect]
def compare_effect(case: Adoption) -> list[str]:
    """Compare what the migration would make with what is there; refuse unless all of it is equal."""
    if case.applied:
        return []
    verdicts = judge(case.sql, {case.name: case.ask("operations", migration=case.name)}, strict=True)
    parts = [verdict for verdict in verdicts[case.name] if verdict.state != "none"]
    wrong = [f"{each.says}: {each.reason or 'not in the database'}" for each in parts if each.state != "present"]
    if wrong:
        nothing = all(each.state == "absent" for each in parts)
        raise Refused(
            "; ".join(wrong),
            "nothing of it is there: run migrate"
            if nothing
            else "make the table what the migration says, or split off what is missing, then run this again",
        )
    return [f"{each.says}: in the database, as the migration would make it" for each in parts]


# --8<-- [end:compare_effect]


def say_record(case: Adoption) -> list[str]:
    return [] if case.applied else [f"record {case.name} as applied, and nothing else"]


def undo_record(case: Adoption) -> list[str]:
    app, _, name = case.name.partition(".")
    return [case.command("--app", app, "--migration", name, "--forget", "--apply")]


# --8<-- [start:record_migration]
def record_migration(case: Adoption) -> None:
    """Record exactly this migration."""
    record(case, case.name, applied=True)


# --8<-- [end:record_migration]


# --8<-- [start:check_history]
def check_history(case: Adoption) -> list[str]:
    """Let Django judge the history and plan on it."""
    let_django_check(case)
    return ["Django accepts the history; run migrate for what comes after"]


# --8<-- [end:check_history]


def say_forget(case: Adoption) -> list[str]:
    return [f"remove the record of {case.name}; what it made stays"] if case.applied else []


def forget(case: Adoption) -> None:
    record(case, case.name, applied=False)


def undo_forget(case: Adoption) -> list[str]:
    app, _, name = case.name.partition(".")
    return [case.command("--app", app, "--migration", name, "--apply")]


# --8<-- [start:steps]
STEPS = [
    Step("Open the project and its database", open_place),
    Step("Find the migration", find_migration),
    Step("Compare what is there with what the migration would make", compare_effect),
    Step("Record the migration", say_record, record_migration, undo_record),
    Step("Check the history", check_history, after=True),
]

UNDO_STEPS = [
    Step("Open the project and its database", open_place),
    Step("Find the migration", find_migration),
    Step("Take back the record", say_forget, forget, undo_forget),
]
# --8<-- [end:steps]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--app", metavar="APP", required=True, help="the app of the migration")
    parser.add_argument("--migration", metavar="NAME", required=True, help="its name, or how it begins")
    parser.add_argument("--forget", action="store_true", help="undo: remove the record again")


def main(argv: list[str] | None = None) -> int:
    """Run this runbook."""
    return perform(
        __file__,
        __doc__,
        STEPS,
        argv,
        add_options,
        case_type=Adoption,
        undo_steps=UNDO_STEPS,
        undoes=lambda options: options.forget,
    )


if __name__ == "__main__":
    raise SystemExit(main())
