"""What a diagnosis gives: the faults a log shows, and the errors that no page knows."""

from __future__ import annotations

from dataclasses import dataclass, field

# how sure a diagnosis is
SURE, DECIDED, BY_SQLSTATE, UNSURE, RULED_OUT = 1.0, 0.9, 0.7, 0.5, 0.1


@dataclass(slots=True)
class Found:
    """A fault that a log shows: its first line, how often it was claimed, and what followed from it.

    ``sqlstate`` is the code by which alone it is known: its text is not English; ``perhaps`` is what else it may be.
    """

    fault: str
    line: int
    text: str
    values: dict[str, str]
    score: float = SURE
    count: int = 1
    follow_on: list[str] = field(default_factory=list)
    sqlstate: str = ""
    perhaps: list[str] = field(default_factory=list)
    event: int = 0
    source: str = ""


@dataclass(slots=True)
class Unknown:
    """An error that a log shows and no page knows: the first line of its shape, and how often that shape was seen.

    Where its text is not English, ``perhaps`` are the faults that its ``sqlstate`` leaves.
    """

    line: int
    text: str
    count: int = 1
    events: set[int] = field(default_factory=set)
    sqlstate: str = ""
    perhaps: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a log shows; the first found is the first cause."""

    found: list[Found]
    unknown: list[Unknown]
    more_unknown: int = 0
