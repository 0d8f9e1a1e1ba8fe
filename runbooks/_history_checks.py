"""Checks of what the target database has on record; Django's own connection is enough, whatever the database."""

from __future__ import annotations

import os
from collections.abc import Iterator

from _finding import Finding
from _graph import app_of
from _step import CouldNotTell, Failed
from _target import open_target
from _validation import Validation, line_of_parent

SHOWN = 20


# --8<-- [start:database]
def database(case: Validation) -> Iterator[str]:
    """See that the database answers, and that it is the one that is meant."""
    if case.settings["vendor"] == "unknown":
        raise CouldNotTell(f"the project names no database {case.options.database}", "set DATABASES, or --database")
    if case.settings["vendor"] == "postgresql":
        yield from open_target(case, case.settings)
    elif os.environ.get("DATABASE_URL", "").startswith("postgres"):
        raise CouldNotTell(
            f"DATABASE_URL means PostgreSQL, the project's settings mean {case.settings['vendor']}",
            "unset DATABASE_URL, or set DJANGO_SETTINGS_MODULE and --database to fit it",
        )
    if unreachable := case.recorded.get("unreachable"):
        raise CouldNotTell(f"the database cannot be asked: {unreachable}", "is it up, and are the settings right?")


# --8<-- [end:database]


# --8<-- [start:history]
def history(case: Validation) -> Iterator[Finding]:
    """Find what is applied without what it stands on; Django only warns if it cannot look."""
    told = case.recorded
    nodes = {node["name"]: node for node in told["nodes"]}
    found = False
    for name, node in nodes.items():
        for parent in node["parents"]:
            if node["applied"] and not nodes[parent]["applied"]:
                found = True
                yield Finding(
                    f"{name} is applied, its dependency {parent} is not",
                    case.command("--app", app_of(name), runbook="repair_history"),
                    case.shown(node["file"]),
                    line_of_parent(node["file"], parent),
                )
    if told["django"] and not found:
        yield Finding(told["django"])
    yield from without_file(case)
    if told["error"]:
        raise Failed(f"Django cannot lay the records on the graph: {told['error']['says']}")
    if case.survey["unread"]:
        raise case.unread("what these stand on is not known")


# --8<-- [end:history]


def without_file(case: Validation) -> Iterator[Finding]:
    """Tell the records whose file is gone, of apps that are still there."""
    for name in case.recorded["unknown"]:
        if app_of(name) in set(case.survey["migrated"]) - case.unread_apps:
            yield Finding(
                f"{name} is applied, and there is no such file any more",
                "was it renamed, or deleted without having been squashed? Put the file of the release back",
                fault="MIG112",
                severity="warning",
            )


# --8<-- [start:pending]
def pending(case: Validation) -> Iterator[Finding | str]:
    """Tell what migrate would apply; it is a finding only where all is expected to be applied."""
    if case.recorded["error"]:
        raise CouldNotTell("the graph of the migrations is broken", "mend what `parents` reports first")
    waiting = [node for node in case.recorded["nodes"] if not node["applied"]]
    if case.options.expect_applied:
        for node in waiting:
            yield Finding(f"{node['name']} is not applied", "python manage.py migrate", case.shown(node["file"]))
        return
    yield f"{len(waiting) or 'nothing'} to apply"
    yield from (f"would apply {node['name']}" for node in waiting[:SHOWN])
    if waiting[SHOWN:]:
        yield f"and {len(waiting) - SHOWN} more"


# --8<-- [end:pending]
