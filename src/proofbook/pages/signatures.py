"""Knows faults by the text they leave in a log: linear-time patterns, one catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import re2

from proofbook.errors import PageError
from proofbook.pages.expected import plain
from proofbook.pages.logs import bare, in_english, with_statement
from proofbook.pages.page import Page
from proofbook.pages.sqlstates import ALONE, PERHAPS, classes, why_wrong

MEMORY = 64 << 20
SHARED = "keep to what Python, RE2 and JavaScript share: no look-around, no back-references"


@dataclass(frozen=True, slots=True)
class Match:
    """A line of a log that a fault's signature claims, with the names found in it."""

    fault: str
    line: int
    text: str
    values: Mapping[str, str]


class Catalogue:
    """The signatures of all fault pages; one that cannot be used is its own page's error, and knows nothing here."""

    def __init__(self, pages: Iterable[Page]) -> None:
        """Compile every signature once."""
        faults = [page for page in pages if page.fault]
        self.pages = {str(page.fault): page for page in faults}
        self.groups = {str(page.fault): page.group for page in faults}
        self.evidence = _usable(faults, "evidence")
        self.seen_while = _usable(faults, "seen_while")
        self._evidence = {fault: _compile(text) for fault, text in self.evidence.items()}
        self._evident, self._any_evidence = list(self.evidence), _together(list(self.evidence.values()))
        self._seen_while = {fault: _compile(text) for fault, text in self.seen_while.items()}
        usable = [(page, text) for page in faults for text in page.signatures if _reason_unusable(text) is None]
        self.patterns = [text for _page, text in usable]
        self._patterns = [(str(page.fault), _compile(text)) for page, text in usable]
        self._all = _together(self.patterns)
        self.known = frozenset(self.groups)
        self.sqlstates: dict[str, dict[str, str]] = {}
        for page in faults:
            for code, text in page.sqlstates.items():
                if why_wrong(code, text) is None and _reason_unusable(text) is None:
                    self.sqlstates.setdefault(code, {})[str(page.fault)] = text
        self._decides = {
            text: _compile("" if text == ALONE else text) for each in self.sqlstates.values() for text in each.values()
        }

    def claims(self, text: str) -> Iterator[Match]:
        """Give every line that a signature claims, in log order."""
        for number, line in enumerate(plain(text).split("\n"), start=1):
            for match in self.claims_of(bare(line), number):
                yield replace(match, text=line)

    def claims_of(self, line: str, number: int = 1) -> Iterator[Match]:
        """Give the claims on one line, as the program wrote it; its severity may be in another language."""
        found = list(self._claims_of(line, number))
        if not found and (english := in_english(line)) != line:
            found = [replace(match, text=line) for match in self._claims_of(english, number)]
        yield from found

    @cached_property
    def classes(self) -> dict[str, str]:
        """The SQLSTATEs that pages name, by the class that psycopg raises for them."""
        return {name: code for name, code in classes().items() if code in self.sqlstates}

    def decided_by(self, code: str, told: str, line: str, number: int) -> Iterator[Match]:
        """Give the claims on an error in another language: of the pages for which its SQLSTATE decides."""
        for fault, text in self.sqlstates.get(code, {}).items():
            found = text != PERHAPS and self._decides[text].search(told)
            if found:
                yield Match(fault, number, line, {k: v for k, v in found.groupdict().items() if v is not None})

    def perhaps(self, code: str, told: str) -> list[str]:
        """Give the faults that an SQLSTATE leaves: what must stand beside it does."""
        every = self.sqlstates.get(code, {}).items()
        return sorted(fault for fault, text in every if text == PERHAPS or self._decides[text].search(told))

    def is_shared(self, fault: str, code: str) -> bool:
        """Tell whether another fault that prints the same text names an SQLSTATE too."""
        return any(other != fault and other in self.groups[fault] for other in self.sqlstates.get(code, ()))

    def _claims_of(self, line: str, number: int) -> Iterator[Match]:
        # one pass over the line for all of them, then only those that are in it
        for index in sorted(self._all.Match(line) or ()) if self._all else ():
            fault, pattern = self._patterns[index]
            found = pattern.search(line)
            if found:
                yield Match(fault, number, line, {k: v for k, v in found.groupdict().items() if v is not None})

    def evident(self, line: str) -> Iterator[str]:
        """Give the faults for which a line is the evidence that separates them from others of the same text."""
        for index in sorted(self._any_evidence.Match(line) or ()) if self._any_evidence else ():
            yield self._evident[index]

    def circumstances(self, line: str) -> Iterator[str]:
        """Give the faults whose text a line near it would tell from the same text printed elsewhere."""
        told = with_statement(line)
        for fault, pattern in self._seen_while.items():
            if pattern.search(told):
                yield fault

    def strangers(self, fault: str, text: str) -> list[Match]:
        """Give the claims on ``text`` by faults that are neither ``fault`` nor of its group."""
        family = self.groups.get(fault, frozenset((fault,)))
        return [match for match in self.claims(text) if match.fault not in family]

    def check_group(self, page: Page) -> None:
        """Raise PageError when a page that this one names in ``same_text`` is absent or names another group."""
        place = f"{page.path}:{page.line_of('same_text')}"
        for other in page.front.get("same_text") or ():
            if other not in self.groups:
                raise PageError(place, f"same_text names {other}, which has no page", "remove it, or write that page")
            for missing in sorted(page.group - self.groups[other]):
                fact = (
                    f"{other} does not name {page.fault} back"
                    if missing == page.fault
                    else f"{other} does not name {missing}"
                )
                raise PageError(place, fact, f"add {missing} to same_text of {other}.md, or take it out here")
        for code, text in page.sqlstates.items():
            if text != PERHAPS and not page.front.get("evidence") and self.is_shared(str(page.fault), code):
                hint = f"write `'{code}': {PERHAPS}`, or say in `evidence` what only its log holds"
                place = f"{page.path}:{page.line_of('sqlstate')}"
                raise PageError(place, f"sqlstate {code} cannot decide between faults of one text", hint)

    def check_seen_while(self, page: Page, output: str) -> None:
        """Raise PageError when what must be near the text of a page is not in its symptom."""
        pattern = self._seen_while.get(str(page.fault))
        if pattern and not any(pattern.search(bare(line)) for line in plain(output).split("\n")):
            place, hint = f"{page.path}:{page.line_of('seen_while')}", "quote a line that stands near the text"
            raise PageError(place, f"seen_while is not in the output:\n{output}", hint)

    def check_evidence(self, page: Page, output: str) -> None:
        """Raise PageError when the evidence of a page is not in its symptom, or that of another of its group is."""
        place, text = f"{page.path}:{page.line_of('evidence')}", plain(output)
        for fault in sorted(page.group & self._evidence.keys()):
            is_there = any(self._evidence[fault].search(line) for line in text.split("\n"))
            if fault == page.fault and not is_there:
                raise PageError(place, f"the evidence is not in the output:\n{output}", "quote a line that decides")
            if fault != page.fault and is_there:
                raise PageError(
                    place, f"the evidence of {fault} is in the output of {page.fault}", f"narrow it on {fault}.md"
                )


def _usable(faults: Iterable[Page], key: str) -> dict[str, str]:
    """Give the pattern that a front matter key holds, of each fault that has one."""
    texts = ((str(page.fault), page.front.get(key)) for page in faults)
    return {fault: text for fault, text in texts if text and _reason_unusable(text) is None}


def check_signatures(page: Page) -> Iterator[PageError]:
    """Give every signature of a page, and its evidence, that cannot be used."""
    patterns = [("signature", text) for text in page.signatures]
    others = [(key, page.front.get(key) or "") for key in ("evidence", "seen_while")]
    for key, text in (*patterns, *others):
        reason = _reason_unusable(text)
        if reason is not None:
            yield PageError(f"{page.path}:{page.line_of(key)}", f"{key} cannot be used: {reason}", SHARED)
    for code, text in page.sqlstates.items():
        place, wrong = f"{page.path}:{page.line_of('sqlstate')}", why_wrong(code, text)
        reason = None if wrong else _reason_unusable(text)
        if wrong or reason:
            yield PageError(place, *(wrong or (f"sqlstate {code} cannot be used: {reason}", SHARED)))


def _together(patterns: Sequence[str]) -> re2.Set | None:
    """Compile patterns so that one pass over a text tells which of them are in it."""
    if not patterns:
        return None
    options = _options()
    options.max_mem = MEMORY
    every = re2.Set.SearchSet(options)
    for pattern in patterns:
        every.Add(pattern)
    every.Compile()
    return every


def _options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    return options


def _compile(pattern: str) -> re2._Regexp:
    return re2.compile(pattern, _options())


def _reason_unusable(pattern: str) -> str | None:
    try:
        _compile(pattern)
        re.compile(pattern)
    except re.error as error:
        return str(error)
    except re2.error as error:
        reason = error.args[0]
        return reason.decode() if isinstance(reason, bytes) else str(reason)
    return None
