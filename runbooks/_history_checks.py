"""Checks of what the target database has on record; Django's own connection is enough, whatever the database."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from _accepted import accepted
from _address import from_settings
from _complaints import hint_for
from _finding import Finding
from _graph import app_of
from _step import CouldNotTell
from _target import open_target, read_url
from _validation import Validation, line_naming, line_of_parent

SHOWN = 20
HALF_SQUASHED = "bring back the files that were squashed, apply all of them here, and only then delete them"


# --8<-- [start:database]
def database(case: Validation) -> Iterator[str]:
    """See that the database answers, and that it is the one that is meant."""
    if case.settings["vendor"] == "unknown":
        raise CouldNotTell(f"the project names no database {case.options.database}", "set DATABASES, or --database")
    url = os.environ.get("DATABASE_URL", "")
    if case.settings["vendor"] == "postgresql":
        yield from open_asked(case) if url and is_of_another(case, url) else open_target(case, case.settings)
    elif url.startswith("postgres") and not is_of_another(case, url):
        raise CouldNotTell(
            f"DATABASE_URL means PostgreSQL, the project's settings mean {case.settings['vendor']}",
            "unset DATABASE_URL, or set DJANGO_SETTINGS_MODULE and --database to fit it",
        )
    if unreachable := case.recorded.get("unreachable"):
        raise CouldNotTell(f"the database cannot be asked: {unreachable}", hint_for(unreachable))


# --8<-- [end:database]


def is_of_another(case: Validation, url: str) -> bool:
    """Tell whether DATABASE_URL is what the project calls default, and the reader has asked for another."""
    if case.options.database == "default" or case.project is None:
        return False
    default = case.project.ask("settings", alias="default")
    if default["vendor"] != "postgresql":
        return not url.startswith("postgres")
    return from_settings(default).identity() == read_url(case, url).identity()


def open_asked(case: Validation) -> list[str]:
    """Take the database that the project's settings name, whatever DATABASE_URL says."""
    case.target = from_settings(case.settings)
    case.hide(case.target.password)
    return [str(case.target)]


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
    if told["error"] and not case.survey["error"]:
        yield Finding(told["error"]["says"], HALF_SQUASHED, fault="MIG116")
    elif told["error"]:
        raise CouldNotTell("the graph of the migrations is broken", "mend what `parents` reports first")
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
    if not case.options.rehearse:  # there, each of them is really taken back
        for node in waiting:
            yield from accepted(Path(node["file"]), case.shown(node["file"]), "MIG113", one_way(case, node))


# --8<-- [end:pending]


def one_way(case: Validation, node: Mapping[str, Any]) -> Iterator[Finding]:
    """Tell the operations of one migration that have no reverse."""
    for kind in dict.fromkeys(node["one_way"]):
        yield Finding(
            f"{node['name']} cannot be taken back: its {kind} has no reverse",
            "give it one, migrations.RunPython.noop if there is nothing to undo; or keep a backup to go back to",
            case.shown(node["file"]),
            line_naming(node["file"], rf"\b{kind}\("),
            "MIG113",
            "warning",
        )
