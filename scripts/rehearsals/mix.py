"""Draws what is rehearsed: by the same seed it is always the same mix."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from changes import CHANGES

# faults that come with a release or wait for it in the environment or the database, and need no server of their own.
# Left out: those of backups, pipelines and connections, which no release brings, and of scripts that are not used here
MIGRATIONS = (
    *(f"MIG{number}" for number in range(101, 119)),
    *(f"MIG{number}" for number in range(201, 221) if number not in {203, 216, 218}),
)
# three more stand in a file that lies on the server only, which no release brings
CONFIGURATION = tuple(f"ENV{number}" for number in range(101, 119) if number not in {101, 103, 107, 117})
WEBSITE = ("HLT101", "HLT102", "HLT104", "HLT107", "STA104", "STA105")
TENANCY = tuple(f"TEN{number}" for number in range(101, 114))
FAULTS = (*MIGRATIONS, *CONFIGURATION, *WEBSITE, *TENANCY)
# what a release changes beside a fault: those of migrations and tenancy bring what they need
BARE = ("MIG", "TEN")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One rehearsal as it was drawn: what the release changes, and the fault in it, if any."""

    change: str
    fault: str = ""


def draw(seed: int, healthy: int, broken: int) -> list[Drawn]:
    """Give the rehearsals of a seed, in their order; no fault comes twice."""
    drawing = random.Random(seed)  # noqa: S311  # it is to be foreseen
    drawn = [Drawn(drawing.choice(list(CHANGES))) for _ in range(healthy)]
    drawn += [with_fault(fault, drawing) for fault in drawing.sample(FAULTS, broken)]
    drawing.shuffle(drawn)
    return drawn


def with_fault(fault: str, drawing: random.Random) -> Drawn:
    """Give a release with a fault; of migrations it has those of the fault only."""
    change = "code" if fault.startswith(BARE) else drawing.choice(list(CHANGES))
    return Drawn(change, fault)


def chosen(faults: Sequence[str], seed: int) -> list[Drawn]:
    """Give a rehearsal for each of these faults; `healthy` stands for one of each change without any."""
    drawing = random.Random(seed)  # noqa: S311
    each = [[Drawn(name) for name in CHANGES] if code == "healthy" else [with_fault(code, drawing)] for code in faults]
    return [one for some in each for one in some]
