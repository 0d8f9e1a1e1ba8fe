"""Links every page back to those that name it under Related."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from posixpath import dirname, join, normpath, relpath

from proofbook.fences import find_headings
from proofbook.pages.lessons import is_lesson
from proofbook.pages.page import ROLE_LEVEL, Page
from proofbook.site import markup

RELATED = "Related"
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)#\s]+)[^)]*\)")


def named_under_related(page: Page) -> frozenset[str]:
    """Give the paths of the pages that a page names under Related."""
    lines, related = page.text.splitlines(), False
    opens = {heading.line: heading.text.strip() for heading in page.headings if heading.level <= ROLE_LEVEL}
    found = set()
    for number, line in enumerate(lines, start=1):
        related = opens[number] == RELATED if number in opens else related
        if related:
            found |= {normpath(join(dirname(page.path), href)) for href in _LINK.findall(line) if "://" not in href}
    return frozenset(found)


def naming(pages: Iterable[Page]) -> Mapping[str, tuple[Page, ...]]:
    """Give for each path the pages that name it under Related and are not named there themselves."""
    named = {page.path: (page, named_under_related(page)) for page in pages}
    back: dict[str, tuple[Page, ...]] = {}
    for path, (page, targets) in sorted(named.items()):
        for target in targets & named.keys() - {path}:
            if path not in named[target][1]:
                back[target] = (*back.get(target, ()), page)
    return back


def with_back_links(page: Page, body: str, others: Iterable[Page]) -> str:
    """Give a page's body with links to the others at the end of its Related, which is made where it has none."""
    lines = list(_lines(page, others))
    if not lines:
        return body
    headings = [heading for heading in find_headings(body) if heading.level <= ROLE_LEVEL]
    at = next((number for number, heading in enumerate(headings) if heading.text.strip() == RELATED), None)
    if at is None:
        return "\n".join((body.rstrip("\n"), "", f"## {RELATED}", "", *lines))
    every = body.split("\n")
    end = headings[at + 1].line - 1 if at + 1 < len(headings) else len(every)
    before, after = "\n".join(every[:end]).rstrip("\n"), "\n".join(every[end:])
    # a list that ends without an empty line goes on
    gap = [] if before.rpartition("\n")[2].lstrip().startswith("- ") else [""]
    return "\n".join((before, *gap, *lines, *(["", after] if after else [])))


def _lines(page: Page, others: Iterable[Page]) -> Iterator[str]:
    listed = list(others)
    lessons = [_link(page, other) for other in listed if is_lesson(other)]
    if lessons:
        yield f"- Lessons: {'; '.join(lessons)}"
    yield from (f"- {_link(page, other)} names this page" for other in listed if not is_lesson(other))


def _link(page: Page, other: Page) -> str:
    title = f"{other.fault} {other.title}" if other.fault else other.title
    return f"[{markup.plain(title)}]({relpath(other.path, dirname(page.path) or '.')})"
