"""Checks whether the models and the migrations say the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from _finding import Finding
from _step import CouldNotTell
from _validation import Validation


# --8<-- [start:models]
def models(case: Validation) -> Iterator[Finding]:
    """Find the changes of models that no migration has."""
    if case.survey["unread"]:
        raise case.unread("what the migrations make is not known")
    if case.survey["error"]:
        raise CouldNotTell("the graph of the migrations is broken", "mend what `parents` reports first")
    yield from map_without_migrations(case)
    told = case.ask("drift")
    if told["broken"]:
        each = told["broken"]
        yield Finding(
            f"{each['name']} does not fit what stands before it: {each['says']}",
            "its operations need a model or a field that no migration before it has made",
            case.shown(each["file"]),
            fault="MIG109",
        )
    for change in told["changes"]:
        yield not_in_a_migration(case, change)


# --8<-- [end:models]


def not_in_a_migration(case: Validation, change: dict[str, Any]) -> Finding:
    app, ours = change["app"], case.is_ours(change["file"])
    own = f"python manage.py makemigrations {app}"
    foreign = "look for the setting that differs, DEFAULT_AUTO_FIELD or a language; no migration is made in a package"
    return Finding(
        f"{app}: {change['says']} is in the models and in no migration",
        own if ours else foreign,
        case.shown(change["file"]),
        change["line"],
        "MIG106" if ours else "MIG118",
    )


def map_without_migrations(case: Validation) -> Iterator[Finding]:
    for each in case.survey["unseen"]:
        if each["models"] and not each["files"] and case.is_ours(each["path"]):
            yield Finding(
                f"{each['app']} has models and no migrations: migrate makes no tables for them",
                f"python manage.py makemigrations {each['app']}",
                case.shown(each["path"]),
                severity="warning",
            )
