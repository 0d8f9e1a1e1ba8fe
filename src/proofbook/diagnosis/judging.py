"""Judges what a log has shown: which fault is the cause, how sure it is, and what has no name."""

from __future__ import annotations

from dataclasses import dataclass, field

from proofbook.diagnosis.circumstances import Circumstances
from proofbook.diagnosis.found import BY_SQLSTATE, DECIDED, RULED_OUT, SURE, UNSURE, Diagnosis, Found, Unknown
from proofbook.diagnosis.masking import masked, masked_values
from proofbook.pages.signatures import Catalogue, Match

MOST_UNKNOWN = 50
# what migrate says that it applies, whatever the error's own line holds
OF_MIGRATE = ("app", "migration")


@dataclass(slots=True)
class Seen:
    """What has been seen of a log so far.

    ``root`` is the first fault of each event, ``evident`` the faults whose evidence stands anywhere in the log.
    """

    catalogue: Catalogue
    circumstances: Circumstances
    near_evidence: Circumstances
    found: dict[str, Found] = field(default_factory=dict)
    named: dict[str, Found] = field(default_factory=dict)
    unknown: dict[str, Unknown] = field(default_factory=dict)
    aftermath: list[Unknown] = field(default_factory=list)
    more: int = 0
    root: dict[int, str] = field(default_factory=dict)
    evident: set[str] = field(default_factory=set)

    def outcome(self) -> Diagnosis:
        """Order what was found by cause, and judge how sure it is."""
        self._judge_circumstances()
        self._judge_sqlstates()
        for each in self.found.values():
            each.score = self._score(each.fault)
        follow_on = {code for each in self.found.values() for code in each.follow_on} - set(self.root.values())
        first = {code: self._first_line_of_group(code) for code in self.found}
        ordered = sorted(
            self.found.values(), key=lambda each: (each.fault in follow_on, first[each.fault], -each.score, each.fault)
        )
        # of an event that has a name, the exceptions beside it are the same event
        unknown = [each for each in self.unknown.values() if each.events - self.root.keys()]
        if not ordered and not unknown and not self.named:
            unknown = self.aftermath[:MOST_UNKNOWN]
        ordered += [each for fault, each in self.named.items() if fault not in self.found]
        return Diagnosis(ordered, sorted(unknown, key=lambda each: each.line), self.more)

    def _judge_circumstances(self) -> None:
        """Tell each fault by its claim in its own circumstances; one that has none but others is an unknown error."""
        self.circumstances.end()
        for fault, found in list(self.found.items()):
            self._tell_by(found, self.circumstances.seen(fault))
            if self.circumstances.is_elsewhere(fault) or (found.sqlstate and self.circumstances.is_unsure(fault)):
                self._give_up(self.found.pop(fault))

    def _judge_sqlstates(self) -> None:
        """Name no fault of several with one text by its SQLSTATE, unless its evidence stands in the same event."""
        self.near_evidence.end()
        for fault, found in list(self.found.items()):
            if self.catalogue.is_shared(fault, found.sqlstate):
                seen = self.near_evidence.seen(fault)
                self._tell_by(found, seen)
                if not seen:
                    self._give_up(self.found.pop(fault))

    def _tell_by(self, found: Found, seen: Match | None) -> None:
        if seen and seen.line != found.line:
            found.line, found.text = seen.line, masked(seen.text).strip()
            applied = {name: value for name, value in found.values.items() if name in OF_MIGRATE}
            found.values = {**applied, **masked_values(seen.text, dict(seen.values))}

    def _give_up(self, found: Found) -> None:
        perhaps = found.perhaps if found.sqlstate else []
        self.unknown[found.fault] = Unknown(found.line, found.text, found.count, {-1}, found.sqlstate, perhaps)
        self.root = {event: fault for event, fault in self.root.items() if fault != found.fault}
        for other in self.found.values():
            other.follow_on = [fault for fault in other.follow_on if fault != found.fault]

    def _first_line_of_group(self, fault: str) -> int:
        family = self.catalogue.groups.get(fault, frozenset((fault,)))
        return min(each.line for each in self.found.values() if each.fault in family)

    def _score(self, fault: str) -> float:
        """Give how sure it is: by its circumstances, and among those that print the same text by the log's evidence."""
        if self.found[fault].sqlstate:
            return BY_SQLSTATE
        return round(self._share(fault) * (UNSURE if self.circumstances.is_unsure(fault) else SURE), 2)

    def _share(self, fault: str) -> float:
        family = self.catalogue.groups.get(fault, frozenset((fault,))) & self.found.keys()
        if len(family) < 2:  # noqa: PLR2004
            return SURE
        decided = family & self.evident
        if not decided:
            return round(1 / len(family), 2)
        return DECIDED if fault in decided else RULED_OUT
