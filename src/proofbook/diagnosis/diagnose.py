"""Names the faults in a log, the root cause first; what it does not know it calls unknown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import IO

from proofbook.diagnosis.chains import Chains
from proofbook.diagnosis.circumstances import REACH, Circumstances
from proofbook.diagnosis.errors_seen import TRACEBACK, tells_aftermath, tells_error
from proofbook.diagnosis.found import Diagnosis, Found, Unknown
from proofbook.diagnosis.judging import MOST_UNKNOWN, Seen
from proofbook.diagnosis.looking import worth_looking
from proofbook.diagnosis.masking import masked, masked_values
from proofbook.diagnosis.sqlstates import Coded, coded, straight
from proofbook.diagnosis.wrapping import Line
from proofbook.pages.signatures import Catalogue, Match

MIGRATION = re.compile(r"^ *Applying (?P<app>\w+)\.(?P<migration>\w+)\.\.\.")
DONE = re.compile(r"^ *Applying \w+\.\w+\.\.\. (?:OK|FAKED)")
# what the checks of our runbooks print
FINDING = re.compile(r"^\s*(?:\S+: )?error (?P<fault>[A-Z]{3}\d{3}) \S")
# says more of the error above it, and is no error more
ADDED = re.compile(r"(?:^|\s)(?:DETAIL|HINT|CONTEXT): ")
NAMES = re.compile(r"""\d+|"[^"]*"|'[^']*'""")


def diagnose(stream: IO[bytes], catalogue: Catalogue, name: str = "the log") -> Diagnosis:
    """Read a log to its end and name the faults in it.

    Raises ProofbookError when it is no text.
    """
    reading = _Reading(catalogue)
    for line in worth_looking(stream, catalogue, reading.chains, name):
        reading.look(line)
    return reading.seen.outcome()


class _Reading:
    """Reads a log line by line, and keeps what it shows."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue, self.chains = catalogue, Chains()
        self.circumstances = Circumstances(catalogue.seen_while.keys())
        # where the text is not English a fault of several must have its evidence in the same event
        self.near_evidence = Circumstances(catalogue.evidence.keys())
        self.seen = Seen(catalogue, self.circumstances, self.near_evidence)
        self._coded: dict[str, tuple[int, str]] = {}
        self._last_unknown: dict[str, tuple[int, int, Unknown]] = {}
        self._applying: dict[str, dict[str, str]] = {}

    def look(self, line: Line) -> None:
        """Look at one line."""
        event, is_exception = self.chains.place(line)
        self._join_heading(event, line)
        evident = list(self.catalogue.evident(line.text))
        self.seen.evident.update(evident)
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
            self.seen.aftermath.append(Unknown(line.number, masked(line.text).strip()))
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
        if fault in self.seen.named:
            self.seen.named[fault].count += 1
        else:
            self.seen.named[fault] = Found(fault, line.number, masked(line.text).strip(), {})
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
            root = self.seen.root.setdefault(event, match.fault)
            self._note(match, event, line.source, context, state)
            family = self.catalogue.groups.get(root, frozenset())
            if match.fault not in family and match.fault not in self.seen.found[root].follow_on:
                self.seen.found[root].follow_on.append(match.fault)

    def _note(self, match: Match, event: int, source: str, context: Mapping[str, str], state: Coded | None) -> None:
        known = self.seen.found.get(match.fault)
        if known is None:
            values = masked_values(match.text, dict(match.values))
            text = masked(match.text).strip()
            known = Found(match.fault, match.line, text, {**context, **values}, event=event, source=source)
            self.seen.found[match.fault] = known
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
        known = self.seen.unknown.get(shape)
        if known:
            known.count += 1
        elif len(self.seen.unknown) >= MOST_UNKNOWN:
            self.seen.more += 1
            return
        else:
            known = self.seen.unknown[shape] = Unknown(line.number, text)
            if state:
                known.sqlstate, known.perhaps = state.code, self.catalogue.perhaps(state.code, state.told)
        known.events.add(event)
        self._last_unknown[line.source] = (line.number, event, known)
