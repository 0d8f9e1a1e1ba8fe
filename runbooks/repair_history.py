#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Repair a history in which a migration is applied before its dependency.

Django refuses every migrate on such a history, --fake included. This runbook looks whether the
dependency's effect is in the database: if so it is recorded, if not it is run, with the records that
stand in the way hidden from that one process. No record is removed, so nothing is lost if it is killed.
"""

from __future__ import annotations

import argparse
from typing import Any

from _case import Case
from _effect import judge, touched_again
from _history import (
    ancestors,
    in_the_way,
    let_django_check,
    migrate,
    must_be_missing,
    must_be_there,
    must_know,
    read_nodes,
    record,
    unapply,
)
from _run import perform
from _step import Failed, Refused, Step
from _target import open_place


class Repair(Case):
    """What this run has found."""

    nodes: dict[str, Any]
    missing: list[str]
    present: list[str]
    absent: list[str]
    forget: list[str]
    unapply: list[str]


# --8<-- [start:read_history]
def read_history(case: Repair) -> list[str]:
    """Find the applied migrations whose dependencies are not applied."""
    nodes = case.nodes = read_nodes(case)
    wanted = case.options.app
    must_know(nodes, wanted)
    pairs = [
        (name, parent)
        for name, node in nodes.items()
        if node["applied"] and wanted in (None, name.split(".")[0])
        for parent in node["parents"]
        if not nodes[parent]["applied"]
    ]
    missing = set().union(*(ancestors(nodes, parent) for _, parent in pairs))
    case.missing = [name for name in nodes if name in missing and not nodes[name]["applied"]]
    return [f"{name} is applied, its dependency {parent} is not" for name, parent in pairs]


# --8<-- [end:read_history]


# --8<-- [start:judge_missing]
def judge_missing(case: Repair) -> list[str]:
    """Decide for each missing migration whether its effect is in the database already."""
    must_be_missing(case.nodes, case.missing, case.options.present, case.options.absent)
    operations = {name: ask_operations(case, name) for name in case.missing}
    case.present, case.absent = [], []
    for name, verdicts in judge(case.sql, operations, strict=False).items():
        states = {verdict.state for verdict in verdicts} - {"none"}
        # one transaction made all of a migration or nothing: an absent part tells for what leaves no trace
        nothing = {"absent", "traceless"} if case.nodes[name]["atomic"] else {"absent"}
        if name in case.options.absent and states == {"present"}:
            raise Refused(f"{name} is in the database, whatever --absent says", "leave it out of --absent")
        if name in case.options.present or (states <= {"present"} and name not in case.options.absent):
            case.present.append(name)
        elif name in case.options.absent or ("absent" in states and states <= nothing):
            refuse_if_touched_again(case, name, operations[name])
            case.absent.append(name)
        else:
            raise Refused(
                f"it cannot be told whether {name} is in the database: {reasons(verdicts)}",
                f"look yourself, then say --present {name} or --absent {name}",
            )
    return [f"{name} is {'already' if name in case.present else 'not'} in the database" for name in case.missing]


# --8<-- [end:judge_missing]


# --8<-- [start:refuse_if_touched_again]
def refuse_if_touched_again(case: Repair, name: str, operations: list[Any]) -> None:
    """Refuse to run what an applied migration further on has changed or removed again."""
    above = [each for each in case.nodes if case.nodes[each]["applied"] and name in ancestors(case.nodes, each)]
    for later in above if name not in case.options.absent else ():
        if both := touched_again(operations, ask_operations(case, later)):
            raise Refused(
                f"{name} and {later}, which is applied, both change {', '.join(both)}",
                f"look yourself whether the first was run before, then say --present {name} or --absent {name}",
            )


# --8<-- [end:refuse_if_touched_again]


def ask_operations(case: Repair, name: str) -> list[Any]:
    operations: list[Any] = case.ask("operations", migration=name)
    return operations


def reasons(verdicts: list[Any]) -> str:
    return "; ".join(f"{each.says}: {each.reason or each.state}" for each in verdicts if each.state != "none")


def say_present(case: Repair) -> list[str]:
    return [f"record {name}" for name in case.present]


def undo_present(case: Repair) -> list[str]:
    return [case.command("--forget", *case.present, "--apply")]


# --8<-- [start:record_present]
def record_present(case: Repair) -> None:
    """Record what is in the database already."""
    for name in case.present:
        record(case, name, applied=True)
        case.nodes[name]["applied"] = True


# --8<-- [end:record_present]


def say_absent(case: Repair) -> list[str]:
    return [f"migrate {name.replace('.', ' ', 1)}" for name in case.absent]


def undo_absent(case: Repair) -> list[str]:
    return [case.command("--unapply", *reversed(case.absent), "--apply")]


# --8<-- [start:run_absent]
def run_absent(case: Repair) -> None:
    """Run what is not in the database, while this process does not see the records in the way."""
    for name in case.absent:
        migrate(case, case.nodes, name)
        case.nodes[name]["applied"] = True


# --8<-- [end:run_absent]


# --8<-- [start:check_history]
def check_history(case: Repair) -> list[str]:
    """Let Django itself judge the history and plan on it, as far as it was to be repaired."""
    nodes = read_nodes(case)
    left = [name for name in in_the_way(nodes) if case.options.app is None or name.startswith(f"{case.options.app}.")]
    if left:
        raise Failed(f"still applied before a dependency: {', '.join(left)}", "run this again and read its plan")
    if case.options.app is None:
        let_django_check(case)
    return ["every dependency of an applied migration is applied"]


# --8<-- [end:check_history]


def recorded(case: Repair, names: list[str]) -> list[str]:
    """Choose what is recorded still; refuse a name that is none."""
    must_be_there(case.nodes, [*case.options.forget, *case.options.unapply], "as the undo says it")
    return [name for name in names if case.nodes[name]["applied"]]


def say_forget(case: Repair) -> list[str]:
    case.forget = recorded(case, case.options.forget)
    return [f"remove the record of {name}, and nothing else" for name in case.forget]


def forget(case: Repair) -> None:
    for name in case.forget:
        record(case, name, applied=False)


def say_unapply(case: Repair) -> list[str]:
    case.unapply = recorded(case, case.options.unapply)
    return [f"run {name} backwards: what has been written to what it made is lost" for name in case.unapply]


# --8<-- [start:run_backwards]
def run_backwards(case: Repair) -> None:
    """Run migrations backwards, the last one first."""
    for name in case.unapply:
        unapply(case, case.nodes, name)


# --8<-- [end:run_backwards]


def undo_back(case: Repair) -> list[str]:
    return [case.command("--apply")]


# --8<-- [start:steps]
STEPS = [
    Step("Open the project and its database", open_place),
    Step("Find what is applied before its dependency", read_history),
    Step("Look whether the dependency's effect is in the database", judge_missing),
    Step("Record the migrations that are", say_present, record_present, undo_present),
    Step("Run the migrations that are not", say_absent, run_absent, undo_absent),
    Step("Check the history", check_history, after=True),
]

UNDO_STEPS = [
    Step("Open the project and its database", open_place),
    Step("Find what is applied before its dependency", read_history),
    Step("Take back what was only recorded", say_forget, forget, undo_back),
    Step("Take back what was run", say_unapply, run_backwards, undo_back),
]
# --8<-- [end:steps]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--app", metavar="APP", help="only the migrations of this app that were applied too early")
    parser.add_argument("--present", metavar="NAME", nargs="+", default=[], help="APP.MIGRATION is in the database")
    parser.add_argument("--absent", metavar="NAME", nargs="+", default=[], help="APP.MIGRATION is not in the database")
    parser.add_argument("--forget", metavar="NAME", nargs="+", default=[], help="undo: remove only the record")
    parser.add_argument("--unapply", metavar="NAME", nargs="+", default=[], help="undo: run it backwards")


def main(argv: list[str] | None = None) -> int:
    """Run this runbook."""
    return perform(
        __file__,
        __doc__,
        STEPS,
        argv,
        add_options,
        case_type=Repair,
        undo_steps=UNDO_STEPS,
        undoes=lambda options: bool(options.forget or options.unapply),
    )


if __name__ == "__main__":
    raise SystemExit(main())
