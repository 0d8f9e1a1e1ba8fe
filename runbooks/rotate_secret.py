#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Give a .env file a new SECRET_KEY and keep the old one as a fallback, so that people stay logged in.

With --finish the old key goes. No key is ever told, and but for the two values no byte of the file changes.
"""

from __future__ import annotations

import argparse
import secrets
from datetime import UTC, datetime
from pathlib import Path

from _case import Case
from _env_edit import write_at_once
from _env_file import Assignment, EnvFile, parse_env_file, read_env_file
from _rotation import returned, rotated, without_fallback
from _run import perform
from _signing import lifetimes, signs_with
from _step import Failed, Refused, Step

LENGTH = 48  # bytes, which come to 64 letters that neither a shell nor a list of keys takes apart
RESTART = "now restart every server that reads this file"


class Rotating(Case):
    """What this run has found, and the key it has made."""

    env: EnvFile
    key: Assignment
    old: Assignment | None
    new: str
    wanted: tuple[str, str]


# --8<-- [start:read_keys]
def read_keys(case: Rotating) -> list[str]:
    """Find the key and its fallback in the file."""
    case.env = read_env_file(Path(case.options.env_file or Path(case.options.project, ".env")))
    names = [each.name for each in case.env.assignments]
    for name in (case.options.key, case.options.fallbacks):
        if names.count(name) > 1:
            raise Refused(f"{name} stands in {case.env.path} {names.count(name)} times", "leave one")
    key, old = case.env.find(case.options.key), case.env.find(case.options.fallbacks)
    case.hide(*(part for each in (key, old) if each for part in (each.value, *each.value.split(","))))
    if key is None or not key.value:
        raise Refused(f"{case.env.path} gives {case.options.key} no value", "name the variable with --key")
    case.key, case.old = key, old
    if old and old.value:
        written = datetime.fromtimestamp(case.env.path.stat().st_mtime, UTC).isoformat(" ", "minutes")
        return [f"a rotation is under way; the file was last written {written}"]
    return [f"{case.env.path} holds one key"]


# --8<-- [end:read_keys]


def is_under_way(case: Rotating) -> bool:
    return bool(case.old and case.old.value)


# --8<-- [start:ask_settings]
def ask_settings(case: Rotating) -> list[str]:
    """Start the project with the new environment and see what it signs with, and what it believes."""
    if is_under_way(case):
        return []
    case.new = secrets.token_urlsafe(LENGTH)
    case.hide(case.new)
    names = (case.options.key, case.options.fallbacks)
    changes = dict(zip(names, (case.new, case.key.value), strict=True))
    signs = signs_with({**case.env.values, **changes}, case.options, case.new, [case.key.value])
    if not signs["key"]:
        fact = f"the settings do not sign with {names[0]} of this file"
        raise Refused(fact, "name the variable they read with --key, and the module in DJANGO_SETTINGS_MODULE")
    if not signs["fallbacks"]:
        fact = f"{names[1]} does not come to the old key as the one fallback: everybody would be logged out"
        raise Refused(fact, "have the settings read it, split at commas; Django knows fallbacks since 4.1")
    return ["the settings sign with the new key and believe the old one"]


# --8<-- [end:ask_settings]


def say_rotation(case: Rotating) -> list[str]:
    if is_under_way(case):
        return []
    return [f"write a new {case.options.key}, and the old one as {case.options.fallbacks}"]


def undo_rotation(case: Rotating) -> list[str]:
    return [case.command(*flags(case), "--undo", "--apply")]


def flags(case: Rotating) -> list[str]:
    options = case.options
    given = {"--env-file": options.env_file, "--key": options.key, "--fallbacks": options.fallbacks}
    return [word for name, value in given.items() if value not in {None, *NAMES} for word in (name, value)]


# --8<-- [start:rotate]
def rotate(case: Rotating) -> list[str]:
    """Write both values; whatever else is in the file stays as it is."""
    case.wanted = (case.new, case.key.value)
    content = rotated(case.env, case.key, case.old, case.new, case.options.fallbacks)
    return write(case, content, f"{RESTART}; when all have been, go on to --finish")


# --8<-- [end:rotate]


def write(case: Rotating, content: bytes, then: str) -> list[str]:
    found = parse_env_file(case.env.path, content).values
    key, fallback = case.wanted
    if (found.get(case.options.key), found.get(case.options.fallbacks, "")) != (key, fallback):
        raise Failed("the new file would not hold what it should", "report this; nothing has been changed")
    write_at_once(case.env, content)
    return [then]


def say_finish(case: Rotating) -> list[str]:
    if not is_under_way(case):
        return []
    drops = f"drop {case.options.fallbacks}: what was signed with it and not used since ends"
    days = lifetimes(case.env.values, case.options)
    return [drops] + [
        f"nobody is logged out by it {session:g} days after the last restart, no link in a mail ends after {link:g}"
        for session, link in days
    ]


def undo_finish(_: Rotating) -> list[str]:
    return ["none: the old key is kept nowhere, and that is what this is for"]


def finish(case: Rotating) -> list[str]:
    if case.old is None:
        raise Failed("there is no fallback to drop")
    case.wanted = (case.key.value, "")
    return write(case, without_fallback(case.env, case.key, case.old), RESTART)


def say_undo(case: Rotating) -> list[str]:
    if not is_under_way(case):
        return []
    if case.old and "," in case.old.value:
        raise Refused(f"{case.options.fallbacks} holds several keys", "one of them is to be put back by hand")
    return ["put the old key back; what was signed with the new one ends"]


def undo_undo(case: Rotating) -> list[str]:
    return [f"rotate again: {case.command(*flags(case), '--apply')}"]


def put_back(case: Rotating) -> list[str]:
    if case.old is None:
        raise Failed("there is no old key to put back")
    case.wanted = (case.old.value, "")
    return write(case, returned(case.env, case.key, case.old), RESTART)


# --8<-- [start:check_file]
def check_file(case: Rotating) -> list[str]:
    """Read the file again and see that it holds what was meant."""
    found = read_env_file(case.env.path).values
    if (found.get(case.options.key), found.get(case.options.fallbacks, "")) != case.wanted:
        raise Failed(f"{case.env.path} does not hold what was written", "somebody else writes it: look who")
    return [f"{case.env.path} holds {'one key' if not case.wanted[1] else 'the new key and the old one'}"]


# --8<-- [end:check_file]


# --8<-- [start:steps]
STEPS = [
    Step("Find the key in the file", read_keys),
    Step("See whether people would stay logged in", ask_settings),
    Step("Write a new key, and the old one as its fallback", say_rotation, rotate, undo_rotation),
    Step("Read the file again", check_file, after=True),
]

FINISH_STEPS = [
    Step("Find the keys in the file", read_keys),
    Step("Drop the old key", say_finish, finish, undo_finish),
    Step("Read the file again", check_file, after=True),
]

UNDO_STEPS = [
    Step("Find the keys in the file", read_keys),
    Step("Put the old key back", say_undo, put_back, undo_undo),
    Step("Read the file again", check_file, after=True),
]
# --8<-- [end:steps]
NAMES = ("SECRET_KEY", "SECRET_KEY_FALLBACKS")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--env-file", metavar="FILE", help="the file to change (.env beside manage.py)")
    parser.add_argument("--key", metavar="NAME", default=NAMES[0], help="the key's variable (SECRET_KEY)")
    parser.add_argument("--fallbacks", metavar="NAME", default=NAMES[1], help="the old key's (SECRET_KEY_FALLBACKS)")
    ends = parser.add_mutually_exclusive_group()
    ends.add_argument("--finish", action="store_true", help="drop the old key, after all servers were restarted")
    ends.add_argument("--undo", action="store_true", help="undo: put the old key back")


def main(argv: list[str] | None = None) -> int:
    """Run this runbook."""
    return perform(
        __file__,
        __doc__,
        STEPS,
        argv,
        add_options,
        case_type=Rotating,
        undo_steps=lambda options: FINISH_STEPS if options.finish else UNDO_STEPS,
        undoes=lambda options: options.finish or options.undo,
    )


if __name__ == "__main__":
    raise SystemExit(main())
