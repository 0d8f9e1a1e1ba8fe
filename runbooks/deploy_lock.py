#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Hold the lock of a database's deployment while a command runs, or tell who holds it.

The lock belongs to a connection to PostgreSQL. It ends when that connection ends, however that comes
about, so it is never left behind.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterator

from _check import Check, check_all
from _command import run_command
from _deploy_lock import Locked, add_lock_options, holders, open_lock, take_lock, tell_holder
from _finding import Finding
from _run import perform
from _step import CouldNotTell, Step


# --8<-- [start:say_command]
def say_command(case: Locked) -> list[str]:
    if not case.options.words:
        raise CouldNotTell("no command is given", "write it last: -- python manage.py migrate; or ask: --status")
    return [f"hold the lock and run: {shlex.join(case.options.words)}"]


def undo_command(_: Locked) -> list[str]:
    return ["of the lock: none needed, it goes with this run; of the command: its own"]


def run_alone(case: Locked) -> Iterator[str]:
    """Run the command; the lock stays until it has ended, even if this run is killed before."""
    keep = yield from take_lock(case)
    yield from run_command(case.options.words, {}, limit=case.options.command_limit, keep=(keep,))


# --8<-- [end:say_command]


def look_at_lock(case: Locked) -> Iterator[Finding]:
    open_lock(case)
    for holder in holders(case.server, case.name):
        yield Finding(f"{case.name} is being deployed by {tell_holder(holder)}", "wait, or ask who it is")


# --8<-- [start:steps]
STEPS = [
    Step("Open the server", open_lock),
    Step("Run the command under the lock", say_command, run_alone, undo_command),
]

STATUS = [Check("lock", "Nobody deploys this database", look_at_lock)]
# --8<-- [end:steps]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--status", action="store_true", help="only tell who holds the lock: 0 nobody, 1 somebody")
    add_lock_options(parser)
    parser.add_argument("words", metavar="-- COMMAND", nargs="*", help="what runs while the lock is held")


def main(argv: list[str] | None = None) -> int:
    """Run this runbook."""
    words = sys.argv[1:] if argv is None else argv
    ours = words[: words.index("--")] if "--" in words else words
    if "--status" in ours:
        return check_all(__file__, __doc__, STATUS, argv, add_options, case_type=Locked)
    return perform(__file__, __doc__, STEPS, argv, add_options, case_type=Locked)


if __name__ == "__main__":
    raise SystemExit(main())
