"""Checks whether the models and the migrations say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from _finding import Finding
from _step import CouldNotTell
from _validation import Validation, read_lines


# --8<-- [start:models]
def models(case: Validation) -> Iterator[Finding]:
    """Find the changes of models that no migration has."""
    if case.survey["unread"]:
        raise case.unread("what the migrations make is not known")
    if case.survey["error"]:
        raise CouldNotTell("the graph of the migrations is broken", "mend what `parents` reports first")
    yield from without_migrations(case)
    told = case.ask("drift")
    if told["broken"]:
        each = told["broken"]
        yield Finding(
            f"{each['name']} does not fit what stands before it: {each['says']}",
            "its operations need a model or a field that no migration before it has made",
            case.shown(each["file"]),
            fault="MIG109",
        )
    yield from (in_no_migration(case, each) for each in told["changes"] if case.is_ours(each["file"]))
    yield from in_packages(case, [each for each in told["changes"] if not case.is_ours(each["file"])])


# --8<-- [end:models]


def in_no_migration(case: Validation, change: dict[str, Any]) -> Finding:
    message = f"{change['app']}: {change['says']} is in the models and in no migration"
    hint = f"python manage.py makemigrations {change['app']}"
    if change["valueless"]:
        message = f"{change['app']}: {change['says']} is in no migration, and nothing says what old rows hold in it"
        hint = "give it a default that is true for every old row, or let it be null until they are filled"
    fault = "MIG208" if change["valueless"] else ""
    return Finding(message, hint, case.shown(change["file"]), line_of(change), fault)


def line_of(change: dict[str, Any]) -> int:
    """Find the line of the field, or else of its class; what comes from elsewhere has none."""
    start = 0
    for number, line in enumerate(read_lines(change["file"]) if change["model"] else [], 1):
        if re.match(rf"\s*class\s+{change['model']}\b", line):
            start = number
        elif start and re.match(r"class\s", line):
            break
        elif start and change["field"] and re.match(rf"\s+{re.escape(change['field'])}\s*[:=]", line):
            return number
    return start


def in_packages(case: Validation, changes: list[dict[str, Any]]) -> Iterator[Finding]:
    """Tell each installed package once: not its models are mended, but what makes them differ here."""
    for app in dict.fromkeys(each["app"] for each in changes):
        here = [each for each in changes if each["app"] == app]
        more = f" and {len(here) - 1} more" if here[1:] else ""
        yield Finding(
            f"{app}, an installed package: {here[0]['says']}{more} in the models and in no migration",
            "look for the setting that differs, DEFAULT_AUTO_FIELD or a language; make no migration in a package",
            case.shown(here[0]["file"]),
            line_of(here[0]),
            "MIG118",
        )


def without_migrations(case: Validation) -> Iterator[Finding]:
    for each in case.survey["unseen"]:
        if each["models"] and not each["files"] and case.is_ours(each["path"]):
            yield Finding(
                f"{each['app']} has models and no migrations: migrate makes no tables for them",
                f"python manage.py makemigrations {each['app']}",
                case.shown(each["path"]),
                severity="warning",
            )
