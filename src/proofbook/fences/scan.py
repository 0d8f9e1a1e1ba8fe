"""Where fences open and close, by the rules of SuperFences, which are not CommonMark's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from proofbook.fences.info_strings import HIGHLIGHT_OPTIONS, Info, read_info

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from proofbook.fences.dialect import Dialect

_OPENING = re.compile(r"(?P<prefix>[> ]*)(?P<marks>~{3,}|`{3,})(?P<info>.*)$")
_PREFIX = re.compile(r"[> ]*")


class Span(NamedTuple):
    """The lines of a fence, its opening and closing ones included."""

    start: int
    stop: int
    prefix: str
    text: str
    info: Info


def scan(lines: Sequence[str], dialect: Dialect) -> Iterator[Span]:
    """Give every closed fence, also those in comments and indented code."""
    relaxed = dialect.option("pymdownx.superfences", "relaxed_headers", default=False)
    highlights = dialect.option("pymdownx.highlight", "use_pygments", default=True)
    known = HIGHLIGHT_OPTIONS if highlights else frozenset()
    resume = 0
    for start in [number for number, line in enumerate(lines) if "```" in line or "~~~" in line]:
        opening = _OPENING.match(lines[start]) if start >= resume else None
        info = read_info(opening["info"], known, relaxed=relaxed) if opening else None
        if opening and info:
            find_end = _find_quoted_end if ">" in opening["prefix"] else _find_end
            closed, resume = find_end(lines, start + 1, opening["prefix"], opening["marks"])
            if closed:
                yield Span(start, resume, opening["prefix"], opening["info"], info)


def _find_end(lines: Sequence[str], at: int, prefix: str, marks: str) -> tuple[bool, int]:
    """Give whether the fence is closed, and the line after the one that ends it."""
    closing = prefix + marks
    for number in range(at, len(lines)):
        line = lines[number]
        if line.startswith(closing) and line.rstrip(" ") == closing:
            return True, number + 1
        if not line.startswith(prefix) and line.strip():
            return False, number + 1
    return False, len(lines)


def _find_quoted_end(lines: Sequence[str], at: int, prefix: str, marks: str) -> tuple[bool, int]:
    after_blank = False
    for number in range(at, len(lines)):
        own, content = split_prefix(lines[number], len(prefix))
        if own.count(">") > prefix.count(">"):
            return False, number + 1
        if not content:
            after_blank = True
        elif len(own) < len(prefix) or (after_blank and own.count(">") < prefix.count(">")):
            return False, number + 1
        elif content.rstrip(" ") == marks:
            return True, number + 1
        else:
            after_blank = False
    return False, len(lines)


def split_prefix(line: str, width: int) -> tuple[str, str]:
    """Part a line from what stands before a fence's content: indentation and quote marks."""
    found = _PREFIX.match(line[:width])
    cut = found.end() if found else 0
    return line[:cut], line[cut:]
