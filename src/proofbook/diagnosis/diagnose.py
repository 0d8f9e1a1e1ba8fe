"""Names the faults in a log, the root cause first; what it does not know it calls unknown."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO

from proofbook.diagnosis.chains import Chains
from proofbook.diagnosis.circumstances import REACH, Circumstances
from proofbook.diagnosis.errors_seen import TRACEBACK, tells_aftermath, tells_error
from proofbook.diagnosis.masking import masked, masked_values
from proofbook.diagnosis.sifting import Sieve, pieces
from proofbook.diagnosis.sqlstates import Coded, coded, straight
from proofbook.diagnosis.wrapping import Line, unwrapped
from proofbook.pages.signatures import Catalogue, Match

APPLYING = "  Applying "
MIGRATION = re.compile(r"^ *Applying (?P<app>\w+)\.(?P<migration>\w+)\.\.\.")
DONE = re.compile(r"^ *Applying \w+\.\w+\.\.\. (?:OK|FAKED)")
# what the checks of our runbooks print
FINDING = re.compile(r"^\s*(?:\S+: )?error (?P<fault>[A-Z]{3}\d{3}) \S")
# says more of the error above it, and is no error more
ADDED = re.compile(r"(?:^|\s)(?:DETAIL|HINT|CONTEXT): ")
MOST_UNKNOWN = 50
NAMES = re.compile(r"""\d+|"[^"]*"|'[^']*'""")
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


def diagnose(stream: IO[bytes], catalogue: Catalogue, name: str = "the log") -> Diagnosis:
    """Read a log to its end and name the faults in it.

    Raises ProofbookError when it is no text.
    """
    reading = _Reading(catalogue)
    for line in worth_looking(stream, catalogue, reading.chains, name):
        reading.look(line)
    return reading.outcome()


def worth_looking(stream: IO[bytes], catalogue: Catalogue, chains: Chains, name: str) -> Iterator[Line]:
    """Give the lines that could say something, and every line of a traceback until its exception."""
    patterns = (*catalogue.patterns, *catalogue.evidence.values(), *catalogue.seen_while.values())
    sieve = sieve_of(patterns, finding_words(catalogue))
    above = 0
    for piece in pieces(stream, name):
        at, number = 0, above + 1
        while at < len(piece):
            span = (at, _line_end(piece, at)) if chains.is_open_at(number) else sieve.next(piece, at)
            if span is None:
                break
            number += piece.count(b"\n", at, span[0])
            yield from unwrapped(number, piece[slice(*span)].decode("utf-8", "replace").removesuffix("\r"))
            at, number = span[1] + 1, number + 1
        above += piece.count(b"\n")


@functools.lru_cache(maxsize=2)
def sieve_of(patterns: tuple[str, ...], findings: tuple[str, ...]) -> Sieve:
    """Give the sieve of a catalogue; who diagnoses many logs needs it each time."""
    return Sieve(patterns, [APPLYING.strip(), *findings])


def finding_words(catalogue: Catalogue) -> tuple[str, ...]:
    """Give what stands in each line in which a check of ours names a fault."""
    return tuple(sorted({f"error {fault[:3]}" for fault in catalogue.pages}))


def _line_end(piece: bytes, at: int) -> int:
    end = piece.find(b"\n", at)
    return len(piece) if end < 0 else end


class _Reading:
    """What has been seen of a log so far."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue, self.chains = catalogue, Chains()
        self.circumstances = Circumstances(catalogue.seen_while.keys())
        # where the text is not English a fault of several must have its evidence in the same event
        self.near_evidence = Circumstances(catalogue.evidence.keys())
        self._coded: dict[str, tuple[int, str]] = {}
        self.found: dict[str, Found] = {}
        self.named: dict[str, Found] = {}
        self.unknown: dict[str, Unknown] = {}
        self._last_unknown: dict[str, tuple[int, int, Unknown]] = {}
        self.aftermath: list[Unknown] = []
        self.more = 0
        self._root: dict[int, str] = {}
        self._evident: set[str] = set()
        self._applying: dict[str, dict[str, str]] = {}

    def look(self, line: Line) -> None:
        """Look at one line."""
        event, is_exception = self.chains.place(line)
        self._join_heading(event, line)
        evident = list(self.catalogue.evident(line.text))
        self._evident.update(evident)
        self.near_evidence.look(line, event, evident)
        self.circumstances.look(line, event, self.catalogue.circumstances(line.text))
        applying = MIGRATION.match(line.text)
        if DONE.match(line.text):
            self._applying.pop(line.source, None)
        elif applying:
            self._applying[line.source] = applying.groupdict()
        claims = list(self.catalogue.claims_of(line.text, line.number))
        state = None if claims else self._coded_in(event, line)
        decided = list(self.catalogue.decided_by(state.code, state.told, line.text, line.number)) if state else []
        if len(decided) == 1:
            claims = decided
        if claims:
            self._claimed(event, line, claims, state)
            is_traced = self.chains.is_traced(line.source, event)
            for match in claims:
                for near in (self.circumstances, *([self.near_evidence] if state else ())):
                    near.claimed(match, event, line, is_exception=is_exception, is_traced=is_traced)
        elif self._is_finding(line):
            return
        elif not is_exception and tells_aftermath(line.text):
            self.aftermath.append(Unknown(line.number, masked(line.text).strip()))
        elif is_exception or line.is_error or tells_error(line.text):
            self._not_known(event, line, state)

    def _coded_in(self, event: int, line: Line) -> Coded | None:
        state = coded(line.text, self.catalogue.classes)
        if state:
            self._coded[line.source] = (event, state.message)
        return state

    def _is_finding(self, line: Line) -> bool:
        """Note what a check of ours has named in this log; told unless the log itself shows that fault."""
        finding = FINDING.match(line.text)
        if finding is None or finding["fault"] not in self.catalogue.pages:
            return False
        fault = finding["fault"]
        if fault in self.named:
            self.named[fault].count += 1
        else:
            self.named[fault] = Found(fault, line.number, masked(line.text).strip(), {})
        return True

    def _join_heading(self, event: int, line: Line) -> None:
        """Count the line right above a traceback as its heading: a program logs so what it is about to show."""
        number, own, above = self._last_unknown.get(line.source, (0, 0, None))
        if above and line.number - 1 <= number <= line.number and line.text.startswith(TRACEBACK):
            above.events.discard(own)
            above.events.add(event)

    def _claimed(self, event: int, line: Line, claims: Iterable[Match], state: Coded | None) -> None:
        context = self._applying.get(line.source, {})
        for match in claims:
            root = self._root.setdefault(event, match.fault)
            self._note(match, event, line.source, context, state)
            family = self.catalogue.groups.get(root, frozenset())
            if match.fault not in family and match.fault not in self.found[root].follow_on:
                self.found[root].follow_on.append(match.fault)

    def _note(self, match: Match, event: int, source: str, context: Mapping[str, str], state: Coded | None) -> None:
        known = self.found.get(match.fault)
        if known is None:
            values = masked_values(match.text, dict(match.values))
            text = masked(match.text).strip()
            known = Found(match.fault, match.line, text, {**context, **values}, event=event, source=source)
            self.found[match.fault] = known
            if state:
                known.sqlstate, known.perhaps = state.code, self.catalogue.perhaps(state.code, state.told)
            return
        if state is None:
            known.sqlstate = ""
        is_added = ADDED.search(match.text) is not None
        known.count += not is_added
        belongs = event == known.event or (is_added and source == known.source and match.line - known.line <= REACH)
        if not belongs:
            return
        values = masked_values(match.text, dict(match.values))
        # names of another event, or other names, are those of another object
        if all(known.values.get(name, value) == value for name, value in values.items()):
            known.values |= values

    def _not_known(self, event: int, line: Line, state: Coded | None) -> None:
        event_above, message = self._coded.get(line.source, (0, ""))
        if state is None and event == event_above and message and straight(line.text).endswith(message):
            # Django's exception repeats the driver's, without its code
            return
        text = masked(line.text).strip()
        shape = NAMES.sub("", text)
        known = self.unknown.get(shape)
        if known:
            known.count += 1
        elif len(self.unknown) >= MOST_UNKNOWN:
            self.more += 1
            return
        else:
            known = self.unknown[shape] = Unknown(line.number, text)
            if state:
                known.sqlstate, known.perhaps = state.code, self.catalogue.perhaps(state.code, state.told)
        known.events.add(event)
        self._last_unknown[line.source] = (line.number, event, known)

    def outcome(self) -> Diagnosis:
        """Order what was found by cause, and judge how sure it is."""
        self._judge_circumstances()
        self._judge_sqlstates()
        for each in self.found.values():
            each.score = self._score(each.fault)
        follow_on = {code for each in self.found.values() for code in each.follow_on} - set(self._root.values())
        first = {code: self._first_line_of_group(code) for code in self.found}
        ordered = sorted(
            self.found.values(), key=lambda each: (each.fault in follow_on, first[each.fault], -each.score, each.fault)
        )
        # of an event that has a name, the exceptions beside it are the same event
        unknown = [each for each in self.unknown.values() if each.events - self._root.keys()]
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
            applied = {name: value for name, value in found.values.items() if name in MIGRATION.groupindex}
            found.values = {**applied, **masked_values(seen.text, dict(seen.values))}

    def _give_up(self, found: Found) -> None:
        perhaps = found.perhaps if found.sqlstate else []
        self.unknown[found.fault] = Unknown(found.line, found.text, found.count, {-1}, found.sqlstate, perhaps)
        self._root = {event: fault for event, fault in self._root.items() if fault != found.fault}
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
        decided = family & self._evident
        if not decided:
            return round(1 / len(family), 2)
        return DECIDED if fault in decided else RULED_OUT
