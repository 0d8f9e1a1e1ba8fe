"""Fences and headings of a page, exactly as a reader of the site sees them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofbook._inclusions import Inclusions, Line, Load, MissingInclusionError
from proofbook._info_strings import Info, read_info

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Fence", "Heading", "MissingInclusionError", "find_fences", "find_headings"]

_FRONT_MATTER = re.compile(r"---[ \t]*\n(?:.*\n)*?(?:---|\.\.\.)[ \t]*\n")
_OPENING = re.compile(r"(?P<prefix>[> ]*)(?P<marks>~{3,}|`{3,})(?P<info>.*)$")
_PREFIX = re.compile(r"[> ]*")
_HEADING = re.compile(r"(?P<marks>#{1,6})(?P<text>.*?)#*$")


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
    """A heading of the page, outside fences."""

    line: int
    level: int
    text: str


def find_fences(text: str, load: Load | None = None) -> list[Fence]:
    """Give every fence a reader of the page sees, in the page's order."""
    return list(_scan(_read_lines(text, load)))


def find_headings(text: str) -> list[Heading]:
    """Give the headings of a page, outside its fences."""
    lines = _read_lines(text, None)
    inside = {number for fence in _scan(lines) for number in range(fence.line, fence.end + 1)}
    return [
        Heading(line.number, len(match["marks"]), match["text"].strip())
        for line in lines
        if line.text.startswith("#") and line.number not in inside and (match := _HEADING.match(line.text))
    ]


def _read_lines(text: str, load: Load | None) -> list[Line]:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    skipped = match.end() if (match := _FRONT_MATTER.match(text)) else 0
    first = text.count("\n", 0, skipped) + 1
    lines = [Line(line, number) for number, line in enumerate(text[skipped:].split("\n"), first)]
    if load and "8<-" in text:
        lines = list(Inclusions(load).resolve(lines))
    return [_normalized(line) for line in lines]


def _normalized(line: Line) -> Line:
    text = line.text.replace("\x02", "").replace("\x03", "").expandtabs(4)
    return line._replace(text=text if text.strip(" ") else "")


def _scan(lines: list[Line]) -> Iterator[Fence]:
    at = 0
    while at < len(lines):
        opening = _OPENING.match(lines[at].text)
        info = read_info(opening["info"]) if opening else None
        start, at = at, at + 1
        if opening and info:
            closed, at = _find_end(lines, at, opening["prefix"], opening["marks"])
            if closed:
                yield _fence(lines[start:at], opening, info)


def _find_end(lines: list[Line], at: int, prefix: str, marks: str) -> tuple[bool, int]:
    """Give whether the fence is closed, and where the scan goes on."""
    width, quotes = len(prefix), prefix.count(">")
    blank = False
    for number in range(at, len(lines)):
        text = lines[number].text
        found = _PREFIX.match(text[:width])
        inner = found[0] if found else ""
        content, level = text[len(inner) :], inner.count(">")
        if level > quotes:
            return False, number + 1
        if not content:
            blank = True
        elif len(inner) < width or (blank and level < quotes):
            return False, number + 1
        elif content.rstrip(" ") == marks:
            return True, number + 1
        else:
            blank = False
    return False, len(lines)


def _fence(lines: list[Line], opening: re.Match[str], info: Info) -> Fence:
    body = [line._replace(text=line.text[len(opening["prefix"]) :]) for line in lines[1:-1]]
    while body and not body[0].text:
        del body[0]
    while body and not body[-1].text:
        del body[-1]
    sources = {(line.number, line.inclusion) for line in body}
    return Fence(
        line=lines[0].number,
        end=lines[-1].number,
        language=info.language,
        code="".join(f"{line.text}\n" for line in body),
        info=opening["info"],
        options=info.options,
        code_lines=tuple(line.number for line in body),
        inclusion=sources.pop()[1] if len(sources) == 1 else None,
    )
