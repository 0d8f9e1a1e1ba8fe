"""The text of a page as a reader sees it: Markdown without the site's HTML, inclusions in place, links that work."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from itertools import groupby
from posixpath import dirname, relpath
from urllib.parse import urljoin, urlsplit

from proofbook.explain import runbook_call
from proofbook.fences.dialect import SITE
from proofbook.fences.scan import scan
from proofbook.fences.source import read_source
from proofbook.pages.lessons import is_lesson, read_lesson
from proofbook.pages.page import Page
from proofbook.pages.wording import IMPACT, readable
from proofbook.site.markup import seen

DOCS = "docs/"
# what is drawn, and what is said of a snippet by its record: the head of the page says it once
_DRAWN = re.compile(
    r'<div class="pb-head".*?\n</div>|<svg\b.*?</svg>|<span class="pb-badge".*?</span></span>'
    r'|<span class="pb-known"[^>]*></span>|<!--.*?-->',
    re.DOTALL,
)
_CODE_SPAN = re.compile(r"(?P<marks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=marks)(?!`)", re.DOTALL)
_CODE = re.compile(r"<code>(?P<code>.*?)</code>", re.DOTALL)
_ANCHOR = re.compile(r'<a\b[^>]*?href="(?P<href>[^"]*)"[^>]*>(?P<text>.*?)</a>', re.DOTALL)
_VARIABLE = re.compile(r"<var>(?P<name>.*?)</var>", re.DOTALL)
_BREAK = re.compile(r"<br ?/?>")
_ITEM = re.compile(r"<li>")
_TAG = re.compile(
    r"</?(?:a|abbr|b|details|div|em|h[1-6]|li|ol|p|rect|section|span|strong|summary|sub|sup|"
    r"table|tbody|td|th|thead|time|tr|ul)(?=[\s/>])[^<>]*>"
)
_ROW = re.compile(r"^\|.*$", re.MULTILINE)
_BLANK = re.compile(r"\n[ ]*\n(?:[ ]*\n)+")
_ATTRIBUTES = re.compile(r"(?<=\S)\{:? ?[.#][^{}]*\}")
_TITLE = re.compile(r"\s*# .*\n?")


def plain_page(page: Page, text: str, load: Callable[[str], str], status: str) -> str:
    """Give a page as plain Markdown; ``text`` is its Markdown, macros rendered where it has any."""
    lines = read_source(text, load, SITE).lines
    fenced = {at for span in scan(lines, SITE) for at in range(span.start, span.stop)}
    parts = groupby(enumerate(lines), key=lambda numbered: numbered[0] in fenced)
    joined = ((is_code, "\n".join(line for _at, line in part)) for is_code, part in parts)
    body = "\n".join(part if is_code else without_html(page.path, part) for is_code, part in joined).strip()
    title = _TITLE.match(f"{body}\n")
    heading = title[0].strip() if title else f"# {f'{page.fault}: ' if page.fault else ''}{page.title}"
    rest = body[title.end() - 1 if title else 0 :].strip()
    return "\n\n".join((heading, *_head(page, status), rest)).strip() + "\n"


def _head(page: Page, status: str) -> Iterator[str]:
    """Give what the site shows above a page's text."""
    if page.front.get("description"):
        yield f"> {page.front['description']}"
    facts = [*_fault_facts(page), *_lesson_facts(page)]
    if status:
        facts.append(f"- {' '.join(without_html(page.path, status).split())}")
    if facts:
        yield "\n".join(facts)


def _fault_facts(page: Page) -> Iterator[str]:
    if not page.fault:
        return
    yield f"- Impact: {IMPACT.get(str(page.front.get('impact')), '')}"
    yield from (f"- In the log: {as_code(readable(each))}" for each in page.signatures)
    if not page.signatures:
        yield f"- No log shows it; shown by {as_code(str(page.front.get('shown_by')))}"
    for other in sorted(page.group - {str(page.fault)}):
        yield f"- The same text is printed by [{other}]({other}.md)"
    if page.front.get("question"):
        yield f"- It is {page.fault} if you say yes: {page.front['question']}"
    call = runbook_call(page)
    if call:
        yield f"- Runbook: `{call}` tells its plan, with `--apply` it acts"


def _lesson_facts(page: Page) -> Iterator[str]:
    if not is_lesson(page):
        return
    lesson = read_lesson(page)
    yield f"- Why: {lesson.why}"
    yield f"- Seen: {seen(lesson)}"
    kept = ", ".join(f"`{name}`" for name in lesson.enforcers)
    yield f"- Enforced by: {kept}" if kept else f"- Kept by hand: {lesson.by_hand}"


def as_code(text: str) -> str:
    """Give a text as inline code, also one that holds a backtick."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def without_html(path: str, text: str) -> str:
    """Give Markdown without the tags in it; what stands in backticks stays as it is."""
    # in a row of a table a bar would begin the next cell
    text = _ROW.sub(lambda row: row[0].replace("&#124;", r"\|"), _DRAWN.sub("", text))
    text = _CODE.sub(lambda found: as_code(html.unescape(_VARIABLE.sub(r"[\g<name>]", found["code"]))), text)
    parts, at = [], 0
    for span in _CODE_SPAN.finditer(text):
        parts += [_untagged(text[at : span.start()]), span[0]]
        at = span.end()
    bare = "".join((*parts, _untagged(text[at:])))
    return _ANCHOR.sub(lambda found: f"[{found['text']}]({_rebased(path, found['href'])})", bare)


def _untagged(text: str) -> str:
    """Give text without tags, its links still tags: their text may hold code."""
    text = _BREAK.sub("; ", _ITEM.sub("\n- ", text))
    text = _TAG.sub(lambda found: found[0] if found[0].startswith(("<a ", "</a")) else "", text)
    return _BLANK.sub("\n\n", html.unescape(_ATTRIBUTES.sub("", text)))


def _rebased(path: str, href: str) -> str:
    """Give an address, which counts from the page's folder on the site, as counted from its Markdown file."""
    if urlsplit(href).scheme or href.startswith("#"):
        return href
    name = path.removeprefix(DOCS).removesuffix(".md")
    folder = name.removesuffix("index") if name.split("/")[-1] == "index" else f"{name}/"
    there = urljoin(f"/{folder}", href)
    target, _, anchor = there.partition("#")
    if target.endswith("/"):
        target = f"{target.rstrip('/')}.md" if target != "/" else "/index.md"
    return relpath(target, f"/{dirname(name)}") + (f"#{anchor}" if anchor else "")
