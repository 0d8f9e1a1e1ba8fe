"""Counts what was read: each figure is a number, or says why it cannot be known."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from proofbook.review.deployments import Deployment
from proofbook.review.recurrences import Taught
from proofbook.review.watching import CI, DEPLOYMENT, FAILED, HOOK, UNKNOWN, WELL

# by the first letters of a fault's code, as the site groups its pages
CATEGORIES: Mapping[str, str] = {
    "MIG1": "Migration graph and history",
    "MIG2": "SQL while migrating",
    "DBC": "Reaching the database",
    "ENV": "Configuration",
    "HLT": "Starting and health",
    "STA": "Static files",
    "TEN": "Tenancy",
    "BAK": "Backup and restore",
    "CIP": "Pipelines",
    "CON": "Containers",
}
UNNAMED, UNTOLD = "An error that no page knows", "The log does not tell"
LAYERS: Mapping[str, str] = {HOOK: "a hook", CI: "CI", DEPLOYMENT: "a deployment"}


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with what it is of, or the reason why nobody can know it from what was given."""

    name: str
    shown: str = ""
    value: float | None = None
    of: int | None = None
    unknown: str = ""


@dataclass(slots=True)
class Fault:
    """How often one fault was seen, from when to when, and how often after a lesson had named it."""

    code: str
    times: int = 0
    first: datetime | None = None
    last: datetime | None = None
    undated: int = 0
    since: datetime | None = None
    recurrences: int | None = None


@dataclass(slots=True)
class Figures:
    """All that is counted."""

    rates: list[Figure] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    categories: list[tuple[str, int]] = field(default_factory=list)
    layers: list[Figure] = field(default_factory=list)


def category(code: str) -> str:
    """Give the category of a fault."""
    return next((name for start, name in CATEGORIES.items() if code.startswith(start)), code[:3])


def count(deployments: Sequence[Deployment], taught: Taught) -> Figures:
    """Count everything."""
    faults = count_faults(deployments, taught)
    real = [each for each in deployments if each.is_one]
    rates = [
        deployed(real),
        success_rate(real),
        migration_failures(real),
        time_to_resolution(real),
        backups(real),
        rollbacks(deployments),
        recurrences(faults, taught),
    ]
    return Figures(rates, faults, by_category(deployments), [caught(layer, deployments) for layer in LAYERS])


def deployed(real: Sequence[Deployment]) -> Figure:
    """Count the deployments, and say of how many it is known how they ended."""
    name = "Deployments"
    if not real:
        return Figure(name, unknown="neither a record nor a log of a deployment was given")
    known = sum(each.ended != UNKNOWN for each in real)
    return Figure(name, f"{len(real)}, of {known} it is known how they ended", len(real), len(real))


def success_rate(real: Sequence[Deployment]) -> Figure:
    """Give the share of deployments that ended well, among those of which the end is known."""
    return _share("Success rate", [each.ended == WELL for each in real if each.ended != UNKNOWN], NO_END)


def migration_failures(real: Sequence[Deployment]) -> Figure:
    """Give the share of deployments that failed with a fault of migrations."""
    known = [each for each in real if each.ended != UNKNOWN]
    silent = sum(each.ended == FAILED and not each.faults for each in known)
    found = [each.ended == FAILED and any(code.startswith("MIG") for code in each.faults) for each in known]
    share = _share("Migration failure rate", found, NO_END)
    if share.unknown or not silent:
        return share
    return Figure(
        share.name, f"at least {share.shown}; of {silent} that failed no log names the fault", share.value, share.of
    )


def time_to_resolution(real: Iterable[Deployment]) -> Figure:
    """Give how long it took from a failed deployment to the next that ended well in the same place."""
    name = "Time to resolution"
    taken, open_ones, untimed = [], 0, 0
    places: dict[str, list[Deployment]] = {}
    for each in real:
        if each.at is None:
            untimed += each.ended == FAILED
        else:
            places.setdefault(each.place, []).append(each)
    for ones in places.values():
        failed_at = None
        for each in sorted(ones, key=lambda one: one.at.timestamp() if one.at else 0):
            if each.ended == FAILED and failed_at is None:
                failed_at = each.at
            elif each.ended == WELL and failed_at and each.at:
                taken.append((each.at - failed_at).total_seconds())
                failed_at = None
        open_ones += failed_at is not None
    more = [f"{open_ones} not resolved in what was given"] * bool(open_ones)
    more += [f"{untimed} without a time"] * bool(untimed)
    if not taken:
        why = "; ".join(more) or "no failed deployment with a time, followed by one that ended well, was given"
        return Figure(name, unknown=why)
    shown = f"median {duration(statistics.median(taken))}, longest {duration(max(taken))}, of {len(taken)}"
    return Figure(name, "; ".join([shown, *more]), statistics.median(taken), len(taken))


def backups(real: Iterable[Deployment]) -> Figure:
    """Give the share of deployments with a verified backup, among those that changed something and tell of it."""
    asked = [each.backup for each in real if each.changed or each.ended == WELL]
    told = [each for each in asked if each is not None]
    why = "no record says whether a backup was made and restored"
    share = _share("Deployments with a verified backup", told, why)
    if share.unknown or len(told) == len(asked):
        return share
    shown = f"{share.shown}; of {len(asked) - len(told)} it is not told"
    return Figure(share.name, shown, share.value, share.of)


def rollbacks(deployments: Iterable[Deployment]) -> Figure:
    """Give how many ways back were successful."""
    tried = [each.back for each in deployments if each.back is not None]
    return _share("Successful rollbacks", tried, "no record or log tells of a way back")


def recurrences(faults: Iterable[Fault], taught: Taught) -> Figure:
    """Give how often a fault was seen after a lesson had named it."""
    name = "Recurrences after a lesson"
    if taught.unknown:
        return Figure(name, unknown=taught.unknown)
    known = [each for each in faults if each.since]
    if not known:
        return Figure(name, unknown="no lesson names a fault that was seen")
    dated = sum(each.times - each.undated for each in known)
    if not dated:
        return Figure(name, unknown="nothing that was given says when it happened")
    total = sum(each.recurrences or 0 for each in known)
    return Figure(name, f"{total} of {dated} with a date", total, dated)


def caught(layer: str, deployments: Iterable[Deployment]) -> Figure:
    """Count what one layer stopped; nothing is known of a layer that nothing was given of."""
    name = f"Caught by {LAYERS[layer]}"
    ones = [each for each in deployments if each.layer == layer]
    if not ones:
        return Figure(name, unknown=f"no log or record of {LAYERS[layer]} was given")
    stopped = sum(each.ended == FAILED for each in ones)
    return Figure(name, f"{stopped} of {len(ones)}", stopped, len(ones))


def count_faults(deployments: Iterable[Deployment], taught: Taught) -> list[Fault]:
    """Count each fault, the most frequent first."""
    found: dict[str, Fault] = {}
    for each in deployments:
        for code in dict.fromkeys(each.faults):
            fault = found.setdefault(code, Fault(code, since=taught.since.get(code)))
            fault.times += 1
            _date(fault, each.at)
    return sorted(found.values(), key=lambda each: (-each.times, each.code))


def _date(fault: Fault, at: datetime | None) -> None:
    if at is None:
        fault.undated += 1
        return
    fault.first, fault.last = min(fault.first or at, at), max(fault.last or at, at)
    if fault.since:
        fault.recurrences = (fault.recurrences or 0) + (at > fault.since)


def by_category(deployments: Iterable[Deployment]) -> list[tuple[str, int]]:
    """Count what failed, or shows errors, by the category of its first cause."""
    found = Counter(
        category(each.faults[0]) if each.faults else UNNAMED if each.unknown else UNTOLD
        for each in deployments
        if each.faults or each.unknown or each.ended == FAILED
    )
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))


NO_END = "nothing that was given says how a deployment ended"


def _share(name: str, held: Sequence[bool | None], unknown: str) -> Figure:
    if not held:
        return Figure(name, unknown=unknown)
    some = sum(map(bool, held))
    return Figure(name, f"{some} of {len(held)} ({some / len(held):.0%})", some / len(held), len(held))


def duration(seconds: float) -> str:
    """Give a time as a person says it."""
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"
