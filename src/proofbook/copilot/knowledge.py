"""Takes from pages and lessons what an agent is told: what it may see, what to do then, and which rules hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from proofbook.errors import PageError
from proofbook.explain import runbook_call
from proofbook.pages.lessons import Lesson
from proofbook.pages.page import FRONT, Page
from proofbook.pages.runbooks import Runbook
from proofbook.pages.wording import readable

LONG_ENOUGH, BRIEF_ENOUGH = 90, 30
SHOWN = 110
DO_THIS = re.compile(r"\*\*Do this[^*\n]*\*\*[,:]?(?P<text>.*?)(?=\n[ \t]*\n|\n```|\Z)", re.MULTILINE | re.DOTALL)
FAULT = re.compile(r"faults/(?P<code>[A-Z]{3}\d{3})\.md")
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`])")
# "([Fix](#fix), or the runbook)" leads on the page, and nowhere else
TO_A_HEADING = re.compile(r"(?: \(\[[^\]]*\]\(#[^)]*\)[^()]*\)|: \[[^\]]*\]\(#[^)]*\)(?=\.))")
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Entry:
    """A fault as an agent meets it: what is seen, which page to open, and the answer in short."""

    page: Page
    sees: tuple[str, ...]
    answer: str
    brief: str
    weight: int
    is_ambiguous: bool = False

    @property
    def code(self) -> str:
        """The fault's code."""
        return str(self.page.fault)

    @property
    def others(self) -> tuple[str, ...]:
        """The codes of the other faults that print the same text."""
        return tuple(sorted(self.page.group - {self.code}))

    @property
    def call(self) -> str | None:
        """The command that plans the repair, if a program can make it."""
        return runbook_call(self.page)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All that is known: the faults and rules most often needed come first."""

    entries: tuple[Entry, ...]
    lessons: tuple[Lesson, ...]
    runbooks: Mapping[str, Runbook]


def gather(pages: Iterable[Page], lessons: Iterable[Lesson], runbooks: Mapping[str, Runbook]) -> Knowledge:
    """Gather from the pages what agents are told; a fault weighs as often as its lessons were needed."""
    ordered = sorted(lessons, key=lambda lesson: (-len(lesson.seen), lesson.name))
    weights = Counter(dict(_weights(ordered)))
    entries = _told_apart([_entry(page, weights[str(page.fault)]) for page in pages if page.fault])
    return Knowledge(
        tuple(sorted(entries, key=lambda entry: (-entry.weight, entry.code))), tuple(ordered), dict(runbooks)
    )


def _weights(lessons: Iterable[Lesson]) -> Iterator[tuple[str, int]]:
    found: Counter[str] = Counter()
    for lesson in lessons:
        for code in set(FAULT.findall(lesson.page.text)):
            found[code] += len(lesson.seen)
    yield from found.items()


def _entry(page: Page, weight: int) -> Entry:
    return Entry(
        page,
        tuple(dict.fromkeys(shown(each) for each in page.signatures)),
        answer(page),
        answer(page, BRIEF_ENOUGH),
        weight,
    )


def _told_apart(entries: list[Entry]) -> list[Entry]:
    """Mark each entry whose text stands, behind another program's name, in a fault of another kind too."""
    kinds: dict[str, set[frozenset[str]]] = {}
    for entry in entries:
        for text in entry.sees:
            kinds.setdefault(_said(text), set()).add(entry.page.group)
    return [
        replace(entry, is_ambiguous=any(len(kinds[_said(text)]) > 1 for text in entry.sees[:1])) for entry in entries
    ]


def _said(text: str) -> str:
    """Give what a program said, without the words that say which program it was."""
    return re.sub(r"\[\w+\]", "[]", text.rpartition(": ")[2].strip())


def shown(signature: str) -> str:
    """Give a signature as a person reads it, cut where it would fill a line."""
    return cut(readable(signature), SHOWN)


def cut(text: str, most: int) -> str:
    """Give a text, cut after a word where it is too long."""
    return text if len(text) <= most else f"{text[:most].rpartition(' ')[0].rstrip('…')}…"


def answer(page: Page, enough: int = LONG_ENOUGH) -> str:
    """Give what a fault page says to do, in one line: the first sentences of its "Do this".

    Raises PageError when it does not say so.
    """
    front = FRONT.match(page.text)
    found = DO_THIS.search(page.text, front.end() if front else 0)
    if not found:
        raise PageError(page.path, "no paragraph begins with **Do this", "say first what to do, and refer to Fix")
    text = LINK.sub(r"\1", TO_A_HEADING.sub("", " ".join(found["text"].split()))).replace("**", "").strip()
    chosen = ""
    for sentence in SENTENCE.split(text):
        if len(chosen) >= enough:
            break
        chosen = f"{chosen} {sentence}".strip()
    return f"{chosen[:1].upper() if chosen[1:2] != '_' else chosen[:1]}{chosen[1:]}".rstrip(":.") + "."
