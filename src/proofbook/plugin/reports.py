"""Tells a run of proofs to others: JUnit for what collects tests, annotations and a summary for GitHub."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from proofbook.github import MOST_ANNOTATIONS, annotation, cell, row

PASSED, FAILED, NOT_RUN, WAIVED = "passed", "failed", "not run", "waived"
STATES = (PASSED, FAILED, NOT_RUN, WAIVED)
PLACE = re.compile(r"^(?P<file>[^\s:]+\.md):(?P<line>\d+): ", re.MULTILINE)
# what XML cannot hold, not even escaped
CONTROL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MOST_ROWS = 50


@dataclass(frozen=True, slots=True)
class Case:
    """One test of a page: its name, how it ended, the seconds it took, and why, if it did not pass."""

    name: str
    state: str
    seconds: float = 0.0
    text: str = ""

    @property
    def page(self) -> str:
        """The page it is about."""
        return self.name.partition("::")[0]

    @property
    def own(self) -> str:
        """Its name on that page."""
        return self.name.partition("::")[2] or "can be read"

    @property
    def place(self) -> tuple[str, int]:
        """The file and line that a finding names, or the page."""
        found = PLACE.search(self.text)
        return (found["file"], int(found["line"])) if found else (self.page, 1)


def as_junit(cases: Iterable[Case]) -> str:
    """Give a JUnit file: a suite for each page, and what was waived or not run as skipped, each with its reason."""
    pages: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        pages[case.page].append(case)
    top = ET.Element("testsuites", name="proofbook")
    for page, tests in sorted(pages.items()):
        count = Counter(case.state for case in tests)
        told = {
            "name": page,
            "tests": len(tests),
            "failures": count[FAILED],
            "skipped": count[NOT_RUN] + count[WAIVED],
            "time": f"{sum(case.seconds for case in tests):.3f}",
        }
        suite = ET.SubElement(top, "testsuite", {name: str(each) for name, each in told.items()})
        for case in tests:
            _add(suite, case)
    ET.indent(top)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(top, encoding="unicode")}\n'


def _add(suite: ET.Element, case: Case) -> None:
    file, line = case.place
    test = ET.SubElement(
        suite, "testcase", classname=case.page, name=case.own, time=f"{case.seconds:.3f}", file=file, line=str(line)
    )
    text = CONTROL.sub("?", case.text)
    if case.state == FAILED:
        ET.SubElement(test, "failure", message=text.partition("\n")[0]).text = text
    elif case.state != PASSED:
        ET.SubElement(test, "skipped", message=f"{case.state}: {text}")


def as_annotations(cases: Iterable[Case]) -> Iterator[str]:
    """Give the findings at the lines of their pages, as many as GitHub shows of a step; the last tells of the rest."""
    found = [case for case in cases if case.state == FAILED]
    shown = found if len(found) <= MOST_ANNOTATIONS else found[: MOST_ANNOTATIONS - 1]
    for case in shown:
        file, line = case.place
        yield annotation(case.own, case.text, file=file, line=line)
    if left := found[len(shown) :]:
        yield annotation("More", f"{len(left)} more: {', '.join(case.name for case in left)}")


def as_summary(cases: Iterable[Case], postgres: str, kept: int) -> str:
    """Give a job's summary: how many of each state, and a row for each finding and each thing that was not run."""
    every = list(cases)
    count = Counter(case.state for case in every)
    lines = [f"### Proofs on PostgreSQL {postgres}", "", row(*STATES), row(*("---:" for _ in STATES))]
    lines += [row(*(str(count[state]) for state in STATES)), ""]
    if kept:
        lines += [f"{kept} pages are unchanged since they were proven, or have nothing to run.", ""]
    told = [case for state in (FAILED, NOT_RUN) for case in every if case.state == state]
    if told:
        lines += [row("", "place", "what", "why"), row("---", "---", "---", "---")]
        lines += [_row(case) for case in told[:MOST_ROWS]]
        lines += [""] if len(told) <= MOST_ROWS else ["", f"and {len(told) - MOST_ROWS} more", ""]
    return "\n".join(lines) + "\n"


def _row(case: Case) -> str:
    file, line = case.place
    mark = "✗" if case.state == FAILED else "not run"
    return row(mark, cell(f"{file}:{line}"), cell(case.own), cell(PLACE.sub("", case.text, count=1)[:300]))
