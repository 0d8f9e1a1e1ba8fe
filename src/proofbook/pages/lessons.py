"""Reads a lesson from its page: the rule, how often it was needed, what enforces it, what it asks of people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import Any

from proofbook.errors import PageError
from proofbook.pages.page import Page

FAMILIES: Mapping[str, str] = {
    "migrations": "Migrations",
    "deployment": "Deployment and configuration",
    "tenancy": "Tenancy",
    "testing": "Testing",
    "code": "Code organisation",
    "security": "Security",
    "performance": "Performance",
    "documentation": "Documentation",
}
CHECKLISTS: Mapping[str, str] = {
    "author": "For the author",
    "reviewer": "For the reviewer",
    "deployer": "For the deployer",
    "pull-request": "Before a pull request",
    "migration": "Before a migration",
    "deployment": "Before a deployment",
    "admin-class": "Before an admin class",
}
FILES: Mapping[str, str] = {
    "migrations": "**/migrations/*.py",
    "settings": "**/settings.py,**/settings/**/*.py,**/*.env,**/.env*",
    "admin": "**/admin.py,**/admin/**/*.py,**/*_admin.py",
    "workflows": ".github/workflows/*.yml,.github/workflows/*.yaml",
    "docs": "docs/**/*.md,README.md,CONTRIBUTING.md",
}
PERSON = "person"
ABOUT_LESSON = ("rule", "why", "files", "seen", "enforced_by", "by_hand", "asks")


@dataclass(frozen=True, slots=True)
class Ask:
    """What a lesson asks of a person, on which checklists it stands, and whether a machine looks as well."""

    lists: tuple[str, ...]
    text: str
    is_for_people_only: bool


@dataclass(frozen=True, slots=True)
class Lesson:
    """A rule learnt; it is enforced by something that has a name, or kept by hand for a reason."""

    page: Page
    rule: str
    why: str
    seen: tuple[date, ...]
    enforcers: tuple[str, ...]
    by_hand: str
    asks: tuple[Ask, ...]
    files: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name by which enforcers call the lesson: its file's."""
        return PurePosixPath(self.page.path).stem

    @property
    def family(self) -> str:
        """What the lesson is about: its file's folder."""
        return PurePosixPath(self.page.path).parent.name


def say_the_same(rule: str, other: str) -> bool:
    """Tell whether two rules are one, but for small words and their order."""
    words, others = (frozenset(re.findall(r"\w{4,}", text.lower())) for text in (rule, other))
    return len(words & others) > len(words | others) / 2


def is_lesson(page: Page) -> bool:
    """Tell whether a page holds a lesson."""
    return "rule" in page.front


def read_lesson(page: Page) -> Lesson:
    """Read the lesson of a page.

    Raises PageError for the first thing that is wrong with it.
    """
    for error in check_lesson(page):
        raise error
    front = page.front
    return Lesson(
        page,
        str(front["rule"]),
        str(front["why"]),
        tuple(sorted(front.get("seen") or ())),
        tuple(_texts(front.get("enforced_by"))),
        str(front.get("by_hand") or ""),
        tuple(_ask(page, each) for each in front.get("asks") or ()),
        tuple(_texts(front.get("files"))),
    )


def _ask(page: Page, written: Mapping[str, Any]) -> Ask:
    only = not page.front.get("enforced_by") or written.get("by") == PERSON
    return Ask(tuple(_texts(written["list"])), str(written["ask"]), only)


def check_lesson(page: Page) -> Iterator[PageError]:
    """Give every breach of a lesson's form; a page that is none has no such form."""
    front = page.front
    if not is_lesson(page):
        return
    for key in ("rule", "why"):
        if not isinstance(front.get(key), str) or not front[key].strip():
            yield _error(page, key, f"{key} is no text", "a sentence that a reader can act on")
    family = PurePosixPath(page.path).parent.name
    if family not in FAMILIES:
        yield _error(page, "rule", f"{family!r} is no family of lessons", f"one of {', '.join(FAMILIES)}")
    if bool(front.get("enforced_by")) == bool(front.get("by_hand")):
        hint = "name what turns red when the rule is broken, or say why nothing can"
        yield _error(page, "rule", "a lesson has either enforced_by or by_hand", hint)
    if any("::" not in name for name in _texts(front.get("enforced_by"))):
        yield _error(page, "enforced_by", "an enforcer is called PATH::NAME", "tests/test_x.py::test_y")
    if not all(type(each) is date for each in front.get("seen") or ()):
        yield _error(page, "seen", "seen holds something that is no date", "[2025-11-06, 2025-12-01]")
    for kind in _texts(front.get("files")):
        if kind not in FILES:
            yield _error(page, "files", f"{kind!r} is no kind of files", f"one of {', '.join(FILES)}")
    yield from _check_asks(page)


def _check_asks(page: Page) -> Iterator[PageError]:
    for ask in page.front.get("asks") or ():
        if not isinstance(ask, dict) or set(ask) - {"by"} != {"list", "ask"} or not isinstance(ask["ask"], str):
            yield _error(page, "asks", f"{ask!r} is nothing to ask", "- {list: [author], ask: you have read its SQL}")
        elif ask.get("by", PERSON) != PERSON:
            yield _error(page, "asks", f"by is {ask['by']!r}", f"write `by: {PERSON}`, or leave it out")
        elif unknown := [name for name in _texts(ask["list"]) if name not in CHECKLISTS]:
            yield _error(page, "asks", f"there is no checklist {unknown[0]!r}", f"one of {', '.join(CHECKLISTS)}")


def _error(page: Page, key: str, fact: str, hint: str) -> PageError:
    return PageError(f"{page.path}:{page.line_of(key)}", fact, hint)


def _texts(value: Any) -> list[str]:
    """Give one text or a list of them as a list."""
    return [value] if isinstance(value, str) else [str(each) for each in value or ()]
