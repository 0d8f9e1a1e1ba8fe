"""Holds the instructions of a repository against the pages: links, rules, sizes and forms, each with its place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import unquote

from markdown.extensions.toc import slugify

from proofbook.copilot.along import LINK
from proofbook.copilot.files import files_for, knowledge_of, shelf_for, text_of
from proofbook.copilot.finding import Finding
from proofbook.copilot.forms import breaches
from proofbook.copilot.guide import AGENTS, GUIDE
from proofbook.copilot.knowledge import Knowledge
from proofbook.copilot.marks import Region
from proofbook.copilot.proven import REASONS, Knowing, excepted, unproven_here
from proofbook.copilot.rules import RULE
from proofbook.copilot.setup_steps import SETUP_STEPS
from proofbook.copilot.shelf import ALONG, Shelf
from proofbook.copilot.writing import regions, whole_files
from proofbook.errors import ProofbookError
from proofbook.fences import find_fences, find_headings
from proofbook.site.edition import Edition

READ = (GUIDE, AGENTS, "CLAUDE.md", "GEMINI.md", SETUP_STEPS)
READ_BELOW = (".github/instructions", ".github/skills", ".agents/skills", ".claude/skills")
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
OWN_ANCHOR = re.compile(r"""<[a-z]\w*\s[^>]*?\b(?:id|name)=["']([^"']+)["']""", re.IGNORECASE)
AGAIN = "bring it up to date: proofbook copilot --into {}"


def check(edition: Edition, target: Path, site: str = "") -> Iterator[Finding]:
    """Give everything that is wrong with a repository's instructions; ``site`` is where the pages are published.

    Raises ProofbookError when it has none.
    """
    files = instruction_files(target)
    if not files:
        hint = "write them: proofbook copilot --into DIR"
        raise ProofbookError(str(target), "there are no instructions for agents here", hint)
    knowledge, marked = knowledge_of(edition), dict([*regions(target), *whole_files(target)])
    written_for = next((each.where for each in marked.values() if "://" in each.where), "")
    shelf, site = shelf_for(edition, target, written_for), site or written_for
    drifted: set[str] = set()
    for path in files:
        text = text_of(target / path)
        yield from breaches(path, text)
        for finding in _rules(path, text, knowledge, target):
            drifted.add(path)
            yield finding
        if path.endswith(".md"):
            yield from _links(path, text, target, edition, site)
    if marked:
        yield from _drift(edition, target, shelf, marked, drifted)
    if shelf.is_here:
        texts = {path: text_of(target / path) for path in files if path.endswith(".md")}
        knowing = Knowing(edition.pages.values(), edition.runbooks)
        yield from unproven_here(texts, knowing, excepted(text_of(target / REASONS)))


def instruction_files(target: Path) -> list[str]:
    """Give the files of a repository that agents read, and ours that were written along."""
    found = [path for path in READ if (target / path).is_file()]
    for folder in (*READ_BELOW, ALONG):
        found += sorted(file.relative_to(target).as_posix() for file in (target / folder).rglob("*.md"))
    return found


def _rules(path: str, text: str, knowledge: Knowledge, target: Path) -> Iterator[Finding]:
    """Give each rule that its lesson no longer says so, or that has no lesson any more."""
    known = {lesson.name: lesson.rule for lesson in knowledge.lessons}
    for found in RULE.finditer(text):
        rule, name = found["rule"], found["name"]
        place = f"{path}:{_line(text, found.start())}"
        if name not in known:
            yield Finding("copilot-rule", place, f"there is no lesson {name}", AGAIN.format(target))
        elif rule != known[name]:
            fact = f"the lesson {name} says: {known[name]}"
            yield Finding("copilot-rule", place, fact, AGAIN.format(target))


def _links(path: str, text: str, target: Path, edition: Edition, site: str) -> Iterator[Finding]:
    fenced = {line for fence in find_fences(text) for line in range(fence.line, fence.end + 1)}
    for found in LINK.finditer(text):
        line = _line(text, found.start())
        fact = None if line in fenced else _broken(path, found["href"], target, edition, site)
        if fact:
            yield Finding("copilot-link", f"{path}:{line}", fact, "correct the link, or write the files again")


def _broken(path: str, href: str, target: Path, edition: Edition, site: str) -> str | None:
    """Give what is wrong with a link; what leads elsewhere is not looked at."""
    address, _, anchor = href.partition("#")
    if site and href.startswith(site.rstrip("/") + "/"):
        page = _page_at(address.removeprefix(site.rstrip("/") + "/"))
        file = edition.settings.root / page
        if page not in edition.pages:
            return f"the site has no page {page.removeprefix('docs/')}"
    elif SCHEME.match(href):
        return None
    else:
        # one that begins with a slash is looked for from the repository's root
        base = "" if address.startswith("/") else dirname(path)
        file = target / normpath(join(base, unquote(address).lstrip("/"))) if address else target / path
        if not file.exists():
            return f"{address} is not there"
    if anchor and file.suffix == ".md" and unquote(anchor) not in _anchors(file):
        return f"{address or path} has no heading #{anchor}"
    return None


def _page_at(address: str) -> str:
    """Give the page that is published at an address below the site's root."""
    plain = address.removesuffix("index.html").rstrip("/")
    return f"docs/{plain if plain.endswith('.md') else f'{plain}.md'}"


@cache
def _anchors(file: Path) -> frozenset[str]:
    """Give the anchors of a page, as the site names them and as GitHub does, with those written by hand."""
    text = text_of(file)
    headings = [heading.text for heading in find_headings(text)]
    return frozenset(
        [
            *_numbered(map(_on_the_site, headings), "_"),
            *_numbered(map(_on_github, headings), "-"),
            *OWN_ANCHOR.findall(text),
        ]
    )


def _on_the_site(heading: str) -> str:
    return slugify(heading, "-")


def _on_github(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", LINK.sub(r"\g<text>", heading).lower()).replace(" ", "-")


def _numbered(slugs: Iterable[str], mark: str) -> Iterator[str]:
    """Give each anchor, with a number where it has been given already."""
    times: Counter[str] = Counter()
    for slug in slugs:
        yield f"{slug}{mark}{times[slug]}" if times[slug] else slug
        times[slug] += 1


def _drift(
    edition: Edition, target: Path, shelf: Shelf, marked: dict[str, Region], told: set[str]
) -> Iterator[Finding]:
    """Give each file that is not what would be written now, at the first line that differs."""
    wanted = {}
    try:
        wanted = {each.path: each for each in files_for(edition, target, shelf)}
    except ProofbookError as error:
        yield Finding("copilot-size", error.place, error.fact, error.hint)
    for path, region in marked.items():
        place = f"{path}:{region.line}"
        if not region.is_as_written:
            hint = "move your words out of the generated part, or write it again with --force"
            yield Finding("copilot-edited", place, "was changed by hand in its generated part", hint)
        elif wanted and path not in wanted:
            yield Finding("copilot-drift", place, "is written no more", AGAIN.format(target))
        elif wanted and path not in told and (difference := _difference(region, wanted[path].text)):
            line, now = difference
            fact = f"the pages now say: {now}" if now else "the pages no longer say so"
            yield Finding("copilot-drift", f"{path}:{region.line_of(line)}", fact, AGAIN.format(target))
    missing = [path for path, each in wanted.items() if not (target / path).exists() and not each.is_left_to_people]
    for path in missing:
        yield Finding("copilot-drift", path, "is not there", AGAIN.format(target))


def _difference(region: Region, wanted: str) -> tuple[int, str] | None:
    """Give the first line that differs, counted from the region's first, and what would stand there."""
    here, now = region.text.splitlines(), wanted.strip().splitlines()
    for at in range(max(len(here), len(now))):
        if here[at : at + 1] != now[at : at + 1]:
            return at, "".join(now[at : at + 1])
    return None


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
