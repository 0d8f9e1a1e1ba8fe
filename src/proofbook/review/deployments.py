"""What is known of one deployment, read from a record, a journal or a log; what none of them tells is None."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from proofbook.review.watching import CI, DEPLOYMENT, FAILED, HOOK, UNKNOWN, WELL, Watched, moment

RUNBOOK, WAY_BACK = "deploy", "roll_back_release"
CHANGES = ("Migrate", "Switch the code")
CHECKS = ("validate_migrations", "validate_environment", "check_tenant_isolation")


@dataclass(slots=True)
class Deployment:
    """One deployment, or a check before one, as far as its traces tell."""

    name: str
    place: str
    at: datetime | None = None
    layer: str = ""
    ended: str = UNKNOWN
    faults: list[str] = field(default_factory=list)
    unknown: int = 0
    changed: bool | None = None
    backup: bool | None = None
    back: bool | None = None

    @property
    def is_one(self) -> bool:
        """Tell whether it counts as a deployment, and not as a check before one."""
        return self.layer == DEPLOYMENT


def of_record(line: Mapping[str, Any], name: str, place: str) -> Deployment | None:
    """Give what one line of a runbook's record tells; None for a plan and for runs that are about something else."""
    at, code = moment(str(line["at"])), line["exit"]
    if line["runbook"] in CHECKS:
        faults = [
            str(each["fault"]) for each in line.get("findings", ()) if each.get("fault") and each["severity"] == "error"
        ]
        ended = {0: WELL, 1: FAILED}.get(code, UNKNOWN)
        return Deployment(name, place, at, CI, ended, list(dict.fromkeys(faults)))
    if line.get("mode") != "apply" or line["runbook"] not in (RUNBOOK, WAY_BACK):
        return None
    steps = {step["title"]: step for step in line.get("steps", ())}
    if line["runbook"] == WAY_BACK:
        return Deployment(name, place, at, "", UNKNOWN, back=code == 0) if _acted(steps.values()) else None
    if not _acted(steps.values()):
        return None
    ended = {0: WELL, 1: FAILED}.get(code, UNKNOWN)
    changed = any(steps.get(title, {}).get("status") in ("done", "failed") for title in CHANGES)
    backup = steps.get("Back up", {}).get("status") == "done"
    return Deployment(name, place, at, DEPLOYMENT, ended, changed=changed, backup=backup, back=_back(steps.values()))


def _acted(steps: Iterable[Mapping[str, Any]]) -> bool:
    return any(step["status"] in ("done", "failed", "refused") and step.get("undo") for step in steps) or any(
        step["status"] in ("failed", "refused") for step in steps
    )


def _back(steps: Iterable[Mapping[str, Any]]) -> bool | None:
    """Tell whether it went back by itself; None where there was nothing to go back from."""
    said = [line for step in steps for line in step.get("says", ())]
    if any(line.startswith("IT COULD NOT GO BACK") for line in said):
        return False
    return True if any(line.startswith("back: ") for line in said) else None


def of_journal(events: Iterable[Mapping[str, Any]], name: str, place: str) -> Iterator[Deployment]:
    """Give each deployment that a journal of releases tells of, the oldest first."""
    found: list[tuple[Deployment, list[str]]] = []
    for event in events:
        if event["event"] == "began":
            at = moment(str(event["at"]))
            found.append((Deployment(f"{name}: {event['release']}", place, at, DEPLOYMENT), []))
        for number in event.get("undoes") or [len(found)]:
            if 0 < number <= len(found):
                found[number - 1][1].append(str(event["event"]))
    for each, noted in found:
        each.ended = WELL if "deployed" in noted else FAILED if {"gave up", "went back"} & {*noted} else UNKNOWN
        each.changed = bool({"migrates", "switches"} & {*noted})
        each.backup = "backed up" in noted
        each.back = "went back" in noted if "goes back" in noted else None
        yield each


def of_log(seen: Watched, faults: list[str], unknown: int, name: str, place: str) -> Deployment:
    """Give what a log tells; how it ended is known only where it says so."""
    ended = FAILED if seen.layer == HOOK else seen.ended
    changed = True if seen.back is not None else None
    backup = seen.backup or None  # a log can be cut: what it does not show may have been
    return Deployment(name, place, seen.first, seen.layer, ended, faults, unknown, changed, backup, seen.back)
