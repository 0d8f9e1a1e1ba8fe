#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Go back to a recorded release, or from a deployment that was interrupted: code, schema and data.

Migrations are reversed where the rehearsal has shown that this brings back every row, otherwise the
backup made before them is restored. It says before it acts what would be lost; the database that was
in use is kept under another name.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import _databases
from _back import Back
from _deploying import Deploying, add_shared_options, open_all, take_over
from _lost import lost_by_reversing
from _rehearsing import restored
from _releases import Deployment
from _run import perform
from _scratch import scratch_room
from _step import CouldNotTell, Refused, Step
from _way_back import NO_BACKUP, go_back, lost_to

Numbered = tuple[int, Deployment]


class RollBack(Deploying):
    """What this run has found."""

    back: Back | None = None


# --8<-- [start:choose]
def choose(case: RollBack) -> list[str]:
    """Choose the deployments that have to be undone, the newest first."""
    there = [each for each in enumerate(case.found, 1) if each[1].is_open or each[1].stage == "deployed"]
    kept = keep(case, there)
    undone = list(reversed(there[kept:]))
    if not undone:
        return ["nothing has been deployed since"]
    previous = there[kept - 1][1].release if kept else undone[-1][1].fact("previous", "")
    case.back = Back(undone, previous, case.options.way or "")
    if case.back.switched() and not case.options.switch_back:
        raise CouldNotTell("no --switch-back is given", "the command that puts the code of $RELEASE back")
    return [f"takes back {each}" for _, each in undone] + [f"goes back to {previous or 'the state before'}"]


def keep(case: RollBack, there: list[Numbered]) -> int:
    """Tell how many of the deployments stay."""
    names = [each.release for _, each in there]
    wanted = case.options.to or case.options.before
    if wanted in names:
        place = len(names) - 1 - names[::-1].index(wanted)
        return place + 1 if case.options.to else place
    if case.options.before and case.options.before in {each.release for each in case.found}:
        return len(there)
    if not wanted and (case.open_one or not there):
        return len(there) - (sum(each.is_going_back() for _, each in there) or bool(case.open_one))
    raise Refused(
        f"there is no release {wanted} in use" if wanted else "which release is not said",
        f"name one with --to or --before: {', '.join(names) or 'none is recorded'}",
    )


# --8<-- [end:choose]


# --8<-- [start:say_lost]
def say_lost(case: RollBack) -> list[str]:
    """Tell, from the databases themselves, what stands in the one in use and would not after."""
    back = case.back
    if back is None or back.way == "nothing":
        return ["nothing: no migration has been applied since"]
    if back.backup is None:
        raise Refused(
            NO_BACKUP, "see the journal beside the backups; restore_database --from FILE --switch restores one"
        )
    if back.way == "reverse":
        must_have_files(case, back)
        return list(lost_by_reversing(case.sql, back.columns)) or ["nothing"]
    with scratch_room(case.target, "roll back") as room, restored(room, back.backup) as (then, basis):
        says = list(lost_to(then, case.target))
    return [f"compared with {basis}", *(says or ["nothing"])]


def must_have_files(case: RollBack, back: Back) -> None:
    """Refuse to reverse from a folder that has no files for what is to be reversed."""
    unknown = {".".join(each) for each in case.ask("history")["unknown"]} - set(back.before)
    if unknown:
        raise Refused(
            f"this project has no file for {', '.join(sorted(unknown))}",
            "name the folder of the newer release with --project, or restore the backup: --way restore",
        )


# --8<-- [end:say_lost]


# --8<-- [start:say_back]
def say_back(case: RollBack) -> list[str]:
    back = case.back
    if back is None:
        return []
    says = {
        "reverse": "take the migrations back, newest first",
        "restore": f"restore {back.backup}; the database in use is kept under another name",
        "nothing": "leave the database as it is",
    }
    code = [f"run: {case.options.switch_back}"] if back.switched() else []
    return [*code, says[back.way]]


def undo_back(case: RollBack) -> list[str]:
    if case.back and case.back.way == "restore":
        place = _databases.elsewhere(case.options.maintenance)
        undo = case.command("--undo", "--end-connections", *place, "--apply", runbook="restore_database")
        return [undo, "and put the code of the newer release back"]
    return ["deploy the newer release again"]


def act_back(case: RollBack) -> Iterator[str]:
    """Go back under the lock; another run that was faster has done it already."""
    yield from take_over(case)
    if case.back:
        yield from go_back(case, case.back, "asked to")


# --8<-- [end:say_back]


# --8<-- [start:steps]
STEPS = [
    Step("Open the project, its database and the journal", open_all),
    Step("Choose the release", choose),
    Step("Look what would be lost", say_lost),
    Step("Go back", say_back, act_back, undo_back),
]
# --8<-- [end:steps]


def add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--to", metavar="RELEASE", help="the release to go back to")
    add("--before", metavar="RELEASE", help="go back to the state before this one")
    add("--way", choices=["reverse", "restore"], help="choose how, instead of what the rehearsal has shown")
    add_shared_options(parser)


def main(argv: list[str] | None = None) -> int:
    """Run this runbook."""
    return perform(__file__, __doc__, STEPS, argv, add_options, case_type=RollBack)


if __name__ == "__main__":
    raise SystemExit(main())
