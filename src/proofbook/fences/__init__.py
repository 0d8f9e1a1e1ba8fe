"""Fences and headings of a page, exactly as a reader of the site sees them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from proofbook.fences.blocks import Blocks
from proofbook.fences.dialect import SITE, Dialect
from proofbook.fences.inclusions import Load, MissingInclusionError
from proofbook.fences.scan import Span, scan
from proofbook.fences.source import Source, read_source

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Dialect", "Fence", "Heading", "MissingInclusionError", "find_fences", "find_headings"]

_MARKED_HEADING = re.compile(r"^#.*\x02(\d+)\x03$", re.MULTILINE)
_ATTRIBUTES = re.compile(r" +\{:? *[^} ][^}]*\} *$")


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced code block that a reader of the page sees."""

    line: int
    end: int
    language: str
    code: str
    info: str
    options: Mapping[str, str]
    code_lines: tuple[int, ...]
    inclusion: str | None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the page, outside fences and comments."""

    line: int
    level: int
    text: str


def find_fences(text: str, load: Load | None = None, *, dialect: Dialect = SITE) -> list[Fence]:
    """Give every fence a reader of the page sees, in the page's order."""
    source = read_source(text, load, dialect)
    spans = list(scan(source.lines, dialect))
    shown = _blocks(dialect).find_shown(source.lines, spans) if spans else set()
    return [_fence(source, span) for number, span in enumerate(spans) if number in shown]


@cache
def _blocks(dialect: Dialect) -> Blocks:
    return Blocks(dialect)


def _fence(source: Source, span: Span) -> Fence:
    width = len(span.prefix)
    first, last = span.start + 1, span.stop - 1
    texts = [line[width:] for line in source.lines[first:last]]
    while texts and not texts[-1]:
        texts.pop()
    blank = next((number for number, text in enumerate(texts) if text), 0)
    first, last = first + blank, first + len(texts)
    return Fence(
        line=source.numbers[span.start],
        end=source.numbers[span.stop - 1],
        language=span.info.language,
        code="".join(f"{text}\n" for text in texts[blank:]),
        info=span.text,
        options=span.info.options,
        code_lines=tuple(source.numbers[first:last]),
        inclusion=None if span.start in source.inclusions else source.inclusion(first, last),
    )


def find_headings(text: str, *, dialect: Dialect = SITE) -> list[Heading]:
    """Give the headings of a page, outside its fences and comments."""
    source = read_source(text, None, dialect)
    marked = [f"{line[:6]}\x02{at}\x03" if line[:1] == "#" else line for at, line in enumerate(source.lines)]
    outline = _blocks(dialect).outline(marked, list(scan(source.lines, dialect)))
    return [_heading(source, int(at)) for at in _MARKED_HEADING.findall(outline)]


def _heading(source: Source, at: int) -> Heading:
    text = source.lines[at].lstrip("#")
    level = min(6, len(source.lines[at]) - len(text))
    return Heading(source.numbers[at], level, _ATTRIBUTES.sub("", text.rstrip(" #")).strip())
