"""What is tried at each place: which command, how it must end, and what of its answer is told."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from places import Place

Telling = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Trial:
    """One call of a runbook; ends are the exit codes it may have."""

    what: str
    runbook: str
    flags: tuple[str, ...]
    ends: tuple[int, ...]
    told: Telling


def checks(out: str) -> str:
    """Tell a check's outcomes, and the first errors."""
    told = json.loads(out)
    states = [each["status"] for each in told["checks"]]
    counts = [f"{states.count(state)} {state.replace('-', ' ')}" for state in dict.fromkeys(states)]
    errors = [each for each in told["findings"] if each["severity"] == "error"]
    warnings = len(told["findings"]) - len(errors)
    faults = [each["fault"] or each["check"] for each in errors]
    found = [f"{faults.count(fault)} x {fault}" for fault in dict.fromkeys(faults)]
    return "; ".join([", ".join(counts), *found, *([f"{warnings} warnings"] if warnings else [])])


def graph(out: str) -> str:
    nodes = json.loads(out)["migrations"]
    return f"{len(nodes)} migrations of {len({each['app'] for each in nodes})} apps drawn"


def squash(out: str) -> str:
    messages = [each["message"] for each in json.loads(out)["findings"]]
    ranges = sum(" can be one: " in each for each in messages)
    return f"{ranges} ranges can be squashed, {len(messages) - ranges} remarks"


def steps(out: str) -> str:
    """Tell the last thing a repair said, or why it stopped."""
    last = [each for each in json.loads(out)["steps"] if each["says"]][-1]
    return str(last["says"][0 if last["status"] in {"refused", "failed"} else -1])


def draft(out: str) -> str:
    return f"{len(tomllib.loads(out)['variables'])} variables found in the code"


def trials(place: Place) -> Iterator[Trial]:
    """Give what is tried before anything has been broken."""
    yield Trial("validate", "validate_migrations", ("--json",), (0,), checks)
    yield Trial("validate, rehearsed", "validate_migrations", ("--rehearse", "--json"), (0, 1), checks)
    yield Trial("draft a manifest", "validate_environment", ("--draft",), (0,), draft)
    yield Trial("draw the graph", "migration_graph", ("--installed", "--json"), (0,), graph)
    yield Trial("suggest squashes", "suggest_squash", ("--app", place.app, "--json"), (0,), squash)
    yield Trial("tenant isolation", "check_tenant_isolation", ("--tenant", place.tenant, "--json"), (0, 1), checks)


BACKUP = ("--into", "backups", "--apply", "--json")


def backup(*flags: str) -> Trial:
    return Trial("back up", "backup_database", (*BACKUP, *flags), (0,), steps)


def verify(dump: str) -> Trial:
    return Trial("verify", "verify_backup", ("--from", dump, "--json"), (0,), checks)


def restore(dump: str) -> Trial:
    return Trial(
        "restore and switch", "restore_database", ("--from", dump, "--switch", "--apply", "--json"), (0,), steps
    )


UNDO = Trial("undo the restore", "restore_database", ("--undo", "--apply", "--json"), (0,), steps)
DEPLOY = Trial(
    "deploy a migration",
    "deploy",
    ("--into", "backups", "--release", "v2", "--previous", "v1", "--apply", "--json"),
    (0,),
    steps,
)
ROLL_BACK = Trial(
    "roll it back", "roll_back_release", ("--into", "backups", "--before", "v2", "--apply", "--json"), (0,), steps
)
REPAIR = Trial("repair the history", "repair_history", ("--apply", "--json"), (0,), steps)
NO_POSTGRESQL = Trial("refuse SQLite", "backup_database", ("--database", "archive", *BACKUP), (2,), steps)
