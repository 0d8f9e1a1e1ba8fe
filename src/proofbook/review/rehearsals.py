"""Judges rehearsals: which layer caught each, what it named, whether it went back by itself, and how long it took."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proofbook.errors import ProofbookError
from proofbook.review.deployments import Deployment
from proofbook.review.watching import CI, DEPLOYMENT, HOOK

KEPT, MIX = "rehearsal.json", "mix.json"
ORDER = (HOOK, CI, DEPLOYMENT)
NOBODY = "nobody"
AUTOMATIC, NOT_NEEDED, BY_HAND, DEPLOYED = "went back by itself", "nothing was changed", "by hand", "deployed"


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One rehearsal, judged; ``exits`` and ``seconds`` are by layer."""

    number: int
    change: str
    fault: str
    exits: Mapping[str, int]
    seconds: Mapping[str, float]
    named: tuple[str, ...]
    after: str

    @property
    def caught(self) -> str:
        """Give the first layer that did not let it pass."""
        return next((layer for layer in ORDER if self.exits[layer]), NOBODY)


def judge(told: Mapping[str, Any], seen: Sequence[Deployment]) -> Rehearsed:
    """Judge one by what was kept of it.

    Raises ProofbookError when that is not all there.
    """
    try:
        layers = {each["layer"]: each for each in told["layers"]}
        exits = {name: next((int(code) for code in layers[name]["exits"] if code), 0) for name in ORDER}
        seconds = {name: float(layers[name]["seconds"]) for name in ORDER}
        caught = next((layer for layer in ORDER if exits[layer]), "")
        named = [code for each in seen if each.name.rpartition("/")[2].startswith(f"{caught}.") for code in each.faults]
        return Rehearsed(
            int(told["number"]),
            str(told["change"]),
            str(told["fault"] or ""),
            exits,
            seconds,
            tuple(dict.fromkeys(named)) if caught else (),
            _after(told, exits[DEPLOYMENT], seen),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ProofbookError(KEPT, f"is no record of a rehearsal: it lacks {error}") from None


def _after(told: Mapping[str, Any], code: int, seen: Sequence[Deployment]) -> str:
    """Tell how it was left; what the runbook says counts only if the state and the website agree."""
    if code == 0:
        return DEPLOYED
    as_it_was = told["as_before"] and 0 != told["website_before"] == told["website_after"]
    if not as_it_was:
        return BY_HAND
    return AUTOMATIC if any(each.back for each in seen) else NOT_NEEDED


def healthy(rehearsed: Sequence[Rehearsed]) -> list[Rehearsed]:
    """Give those without a fault."""
    return [each for each in rehearsed if not each.fault]


def broken(rehearsed: Sequence[Rehearsed]) -> list[Rehearsed]:
    """Give those with a fault."""
    return [each for each in rehearsed if each.fault]


def caught_by(rehearsed: Sequence[Rehearsed]) -> dict[str, int]:
    """Count the broken ones by the first layer that caught them."""
    found = Counter(each.caught for each in broken(rehearsed))
    return {layer: found[layer] for layer in (*ORDER, NOBODY)}


def alone(rehearsed: Sequence[Rehearsed]) -> dict[str, int]:
    """Count the broken ones that each layer stops, whatever stands before it."""
    return {layer: sum(each.exits[layer] != 0 for each in broken(rehearsed)) for layer in ORDER}


def afterwards(rehearsed: Sequence[Rehearsed]) -> dict[str, int]:
    """Count how the broken ones were left by the deployment."""
    found = Counter(each.after for each in broken(rehearsed))
    return {after: found[after] for after in (NOT_NEEDED, AUTOMATIC, BY_HAND, DEPLOYED)}


def taken(rehearsed: Sequence[Rehearsed]) -> dict[str, tuple[float, float]]:
    """Give the median and the longest seconds of each layer."""
    every = {layer: [each.seconds[layer] for each in rehearsed] for layer in ORDER}
    return {layer: (statistics.median(found), max(found)) for layer, found in every.items() if found}
