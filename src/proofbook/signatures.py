"""Knows faults by the text they leave in a log: linear-time patterns, one catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import re2

from proofbook.errors import PageError
from proofbook.expected import plain
from proofbook.pages import Page


@dataclass(frozen=True, slots=True)
class Match:
    """A line of a log that a fault's signature claims, with the names found in it."""

    fault: str
    line: int
    text: str
    values: Mapping[str, str]


class Catalogue:
    """The signatures of all fault pages; raises PageError when one cannot be used."""

    def __init__(self, pages: Iterable[Page]) -> None:
        """Compile every signature once."""
        faults = [page for page in pages if page.fault]
        self.groups = {str(page.fault): frozenset(page.front.get("same_text") or ()) for page in faults}
        self._patterns = [(str(page.fault), _compile(page, text)) for page in faults for text in page.signatures]
        self.known = frozenset(self.groups)
        for page in faults:
            _check_group(page, self.groups)

    def claims(self, text: str) -> Iterator[Match]:
        """Give every line that a signature claims, in log order."""
        for number, line in enumerate(plain(text).split("\n"), start=1):
            for fault, pattern in self._patterns:
                found = pattern.search(line)
                if found:
                    yield Match(fault, number, line, {k: v for k, v in found.groupdict().items() if v is not None})

    def strangers(self, fault: str, text: str) -> list[Match]:
        """Give the claims on ``text`` by faults that are neither ``fault`` nor of its group."""
        family = {fault} | self.groups.get(fault, frozenset())
        return [match for match in self.claims(text) if match.fault not in family]


def _compile(page: Page, pattern: str) -> re2._Regexp:
    try:
        return re2.compile(pattern)
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0]
        hint = "keep to what Python, RE2 and JavaScript share: no look-around, no back-references"
        raise PageError(
            f"{page.path}:{page.line_of('signature')}", f"signature cannot be used: {reason}", hint
        ) from None


def _check_group(page: Page, groups: Mapping[str, frozenset[str]]) -> None:
    for other in page.front.get("same_text") or ():
        place = f"{page.path}:{page.line_of('same_text')}"
        if other not in groups:
            raise PageError(place, f"same_text names {other}, which has no page")
        if page.fault not in groups[other]:
            raise PageError(place, f"{other} does not name {page.fault} back", f"add it to same_text of {other}.md")
