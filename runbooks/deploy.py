#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Deploy a release: check, back up, rehearse, migrate, switch the code, test; on any failure go back.

The project's folder is that of the new release; the old one runs elsewhere until --switch. Migrations
come before the code, so each must be one that the old code can live with. Killed at any moment, the
same command finishes, and roll_back_release goes back.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import validate_migrations
from _deploying import add_shared_options, must_be_healthy, open_all, release_of, run_switch, take_over, way_back
from _guarded import net, or_back
from _moving import pending
from _numbers import at_least
from _prepared import (
    Deploy,
    back_up,
    check_environment,
    check_migrations,
    check_website,
    rehearse,
    say_backup,
    say_rehearsal,
)
from _releases import in_force
from _run import perform
from _step import CouldNotTell, Refused, Step

UNNAMED = "no release before this one is known: --switch-back gets an empty $RELEASE"


# --8<-- [start:name_release]
def name_release(case: Deploy) -> list[str]:
    """Name the release, and decide whether it is to be begun, to be finished, or there already."""
    if bool(case.options.switch) != bool(case.options.switch_back):
        raise CouldNotTell("--switch and --switch-back belong together", "without the second nothing can go back")
    case.release = release_of(case)
    case.nodes = dict(case.moving().nodes())
    case.pending = pending(case.nodes)
    there = in_force(case.found)[-1:] == case.found[-1:] and case.previous == case.release
    case.is_needed = bool(case.pending) or not there
    says = [f"release {case.release}", f"to migrate: {', '.join(case.pending) or 'nothing'}"]
    if now := case.open_one:
        if now.is_going_back() or now.release != case.release:
            raise Refused(
                f"a deployment was interrupted: {now}",
                "go back with roll_back_release"
                + ("" if now.is_going_back() else f", or finish it: --release {now.release}"),
            )
        says.append(f"carries on the deployment that was interrupted: {now}; to go back instead: roll_back_release")
    return [*says, *say_unnamed(case)] if case.is_needed else [*says, "it is in use already"]


def say_unnamed(case: Deploy) -> list[str]:
    """Say so where the way back would have no name for the release to go back to."""
    now = case.open_one
    noted = now if now and now.fact("backup") else None  # from its backup on, what was noted then decides
    before = noted.fact("previous") if noted else case.before_this
    hint = "" if noted else "; name it with --previous"
    return [UNNAMED + hint] * bool(case.options.switch_back and not before)


# --8<-- [end:name_release]


def say_lock(case: Deploy) -> list[str]:
    return ["hold the lock, so that nobody else deploys meanwhile"] * case.is_needed


def hold_lock(case: Deploy) -> Iterator[str]:
    """Take the lock, and have a net under all that follows."""
    yield from take_over(case)
    case.stack.callback(net, case)


def undo_lock(_: Deploy) -> list[str]:
    return ["none needed, it goes with this run"]


def undo_backup(_: Deploy) -> list[str]:
    return ["none needed; backup_database removes old ones"]


# --8<-- [start:migrate]
def say_migrate(case: Deploy) -> list[str]:
    return [f"apply {name}" for name in case.pending]


def undo_migrate(case: Deploy) -> list[str]:
    return [f"by itself on a failure; later: {way_back(case, '--before', case.release)}"]


def migrate(case: Deploy) -> Iterator[str]:
    """Apply one after the other; none waits for a lock for longer than --lock-timeout."""
    loose = any(not case.nodes[name]["atomic"] for name in case.pending)
    case.note("migrates", names=case.pending, loose=loose)
    yield from case.moving().forwards(case.pending)
    case.note("migrated", loose=False)


# --8<-- [end:migrate]


def say_old_code(case: Deploy) -> list[str]:
    now = case.open_one
    worked, switched = (now.fact("worked"), now.has("switches")) if now else (case.worked, False)
    return [f"ask {case.options.url}: does the old code live with it?"] * bool(case.pending and worked and not switched)


def ask_old_code(case: Deploy) -> list[str]:
    """See that the old code lives with the new schema, before anybody depends on the new code."""
    must_be_healthy(case, "--skip", "migrations")
    return ["it does, so the way back to it stays open"]


# --8<-- [start:switch]
def say_switch(case: Deploy) -> list[str]:
    done = case.open_one and case.open_one.has("switched")
    return [f"run: {case.options.switch}"] * (case.is_needed and bool(case.options.switch) and not done)


def undo_switch(case: Deploy) -> list[str]:
    return [str(case.options.switch_back)]


def switch(case: Deploy) -> Iterator[str]:
    case.note("switches")
    yield from run_switch(case, case.options.switch, case.release, case.found[-1].fact("previous"))
    case.note("switched")


def say_website(case: Deploy) -> list[str]:
    return [f"ask {case.options.url}: does it work?"] * (case.is_needed and bool(case.options.url))


def test_website(case: Deploy) -> list[str]:
    must_be_healthy(case)
    return ["it works"]


def say_record(case: Deploy) -> list[str]:
    return [f"note that {case.release} is in use"] * case.is_needed


def record(case: Deploy) -> list[str]:
    """Note that the release is in use."""
    case.note("deployed", after=[name for name, node in case.moving().nodes() if node["applied"]])
    return [f"{case.journal.path} knows it"]


# --8<-- [end:switch]


# --8<-- [start:steps]
STEPS = [
    Step("Open the project, its database and the journal", open_all),
    Step("Name the release", name_release),
    Step("Hold the lock", say_lock, hold_lock, undo_lock),
    Step("Check the environment", check_environment),
    Step("Check the migrations", check_migrations),
    Step("Ask the website as it is", check_website),
    Step("Back up", say_backup, or_back(back_up), undo_backup),
    Step("Rehearse on the backup", say_rehearsal, or_back(rehearse), undo_lock),
    Step("Migrate", say_migrate, or_back(migrate), undo_migrate),
    Step("Ask the old code on the new schema", say_old_code, or_back(ask_old_code)),
    Step("Switch the code", say_switch, or_back(switch), undo_switch),
    Step("Ask the website", say_website, or_back(test_website)),
    Step("Record the release", say_record, or_back(record)),
]
# --8<-- [end:steps]


def add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--release", metavar="NAME", help="what to call it (the commit of the project's folder)")
    add("--previous", metavar="NAME", default="", help="the release in use, where the journal does not know it")
    add("--switch", metavar="COMMAND", help="a command that puts the code of $RELEASE in use")
    add("--environment", metavar="NAME", help="which environment of environment.toml to check: dev, uat, prod")
    add("--since", metavar="REV", help="what is deployed: its migrations must not have been touched")
    checks = [check.name for check in validate_migrations.STEPS]
    left_out = "leave these checks of validate_migrations out"
    add("--skip", metavar="CHECK", nargs="+", choices=checks, default=[], help=left_out)
    add(
        "--small", metavar="ROWS", type=at_least(0), default=10_000, help="let tables of so many rows be locked (10000)"
    )
    add_shared_options(parser)


def main(argv: list[str] | None = None) -> int:
    """Run this runbook."""
    return perform(__file__, __doc__, STEPS, argv, add_options, case_type=Deploy)


if __name__ == "__main__":
    raise SystemExit(main())
