"""Knows in which circumstances a text was printed: that of a migration means nothing in a web request."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from proofbook.diagnosis.wrapping import Line
from proofbook.pages.signatures import Match

# a server tells the statement some lines after its error: DETAIL, HINT and CONTEXT stand between
REACH = 6
MOST_OPEN = 200


@dataclass(slots=True)
class _Claim:
    """What a signature claimed, while nothing has told its circumstances yet."""

    match: Match
    event: int
    source: str
    until: int
    is_traced: bool


@dataclass(slots=True)
class Circumstances:
    """Holds the claims of faults that must be seen in their circumstances against what stands near them in the log."""

    asked: Collection[str]
    _open: deque[_Claim] = field(default_factory=deque)
    _told: dict[tuple[str, str], int] = field(default_factory=dict)
    _seen: dict[str, Match] = field(default_factory=dict)
    _unsure: set[str] = field(default_factory=set)

    def look(self, line: Line, event: int, faults: Iterable[str]) -> None:
        """Settle the claims that a line tells the circumstances of, and keep it for those that come after it."""
        for fault in faults:
            self._told[fault, line.source] = event
            for claim in [each for each in self._open if each.match.fault == fault]:
                is_near = claim.source == line.source and line.number <= claim.until
                if claim.event == event or is_near:
                    self._seen.setdefault(fault, claim.match)
                    self._open.remove(claim)

    def claimed(self, match: Match, event: int, line: Line, *, is_exception: bool, is_traced: bool) -> None:
        """Note a claim; ``is_traced`` when the traceback around it shows from where the program came."""
        if match.fault not in self.asked:
            return
        if self._told.get((match.fault, line.source)) == event:
            self._seen.setdefault(match.fault, match)
            return
        known = next((each for each in self._open if (each.match.fault, each.event) == (match.fault, event)), None)
        if known:
            known.is_traced |= is_traced
            return
        # what follows an exception is the next event
        until = line.number + (0 if is_exception else REACH)
        self._open.append(_Claim(match, event, line.source, until, is_traced))
        if len(self._open) > MOST_OPEN:
            self._settle(self._open.popleft())

    def _settle(self, claim: _Claim) -> None:
        if not claim.is_traced:
            self._unsure.add(claim.match.fault)

    def end(self) -> None:
        """Settle what the log says no more about."""
        while self._open:
            self._settle(self._open.popleft())

    def seen(self, fault: str) -> Match | None:
        """Give the first claim in the circumstances that the page names."""
        return self._seen.get(fault)

    def is_unsure(self, fault: str) -> bool:
        """Tell whether nothing near the claims tells in which circumstances they were printed."""
        return fault in self._unsure and fault not in self._seen

    def is_elsewhere(self, fault: str) -> bool:
        """Tell whether each claim stands in a traceback that shows other circumstances."""
        return fault in self.asked and fault not in self._seen and fault not in self._unsure
