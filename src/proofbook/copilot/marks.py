"""Marks what is generated, so that a person's own text is known from it, and so is a change that somebody made."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from proofbook.errors import ProofbookError

BEGIN = re.compile(r"^<!-- proofbook:begin (?P<digest>[0-9a-f]{12}) (?P<where>\S+); [^\n]*-->[ \t]*$", re.MULTILINE)
END = re.compile(r"^<!-- proofbook:end -->[ \t]*$", re.MULTILINE)
WHOLE = re.compile(
    r"^(?:<!-- |# )proofbook:whole (?P<digest>[0-9a-f]{12}) (?P<where>\S+); [^\n]*\n(?:\n)?", re.MULTILINE
)
FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
SAID = "written by `proofbook copilot`"
DIGITS = 12


@dataclass(frozen=True, slots=True)
class Region:
    """The generated part of a file: its text, from which line on, what its mark says."""

    text: str
    line: int
    digest: str
    where: str
    mark_after: int = 0
    mark_lines: int = 0

    @property
    def is_as_written(self) -> bool:
        """Tell whether nobody has changed it since it was written."""
        return self.digest == digest_of(self.text)

    def line_of(self, at: int) -> int:
        """Give the file's line of a line of the text, counted from 0: a mark may stand within it."""
        return self.line + at + (self.mark_lines if at >= self.mark_after else 0)


def digest_of(text: str) -> str:
    """Give the digest that a mark holds of a text."""
    return hashlib.sha256(text.strip().encode()).hexdigest()[:DIGITS]


def find_region(place: str, text: str) -> tuple[Region, int, int] | None:
    """Give the marked region of a file and where it begins and ends, marks included.

    Raises ProofbookError when one of its marks is missing or stands twice.
    """
    begins, ends = list(BEGIN.finditer(text)), list(END.finditer(text))
    if not begins and not ends:
        return None
    if len(begins) != 1 or len(ends) != 1 or ends[0].start() < begins[0].end():
        line = text.count("\n", 0, (begins or ends)[0].start()) + 1
        raise ProofbookError(
            f"{place}:{line}", "the marks of the generated part are damaged", "put one begin and one end, or none"
        )
    begin, end = begins[0], ends[0]
    inner = text[begin.end() : end.start()]
    line = text.count("\n", 0, begin.end() + len(inner) - len(inner.lstrip())) + 1
    return Region(inner.strip(), line, begin["digest"], begin["where"]), begin.start(), end.end()


def with_region(place: str, text: str, inner: str, where: str) -> str:
    """Give a file's text with its region replaced, or with one added below what is there."""
    begin = f"<!-- proofbook:begin {digest_of(inner)} {where}; {SAID}: write outside of the two marks -->"
    marked = f"{begin}\n\n{inner.strip()}\n\n<!-- proofbook:end -->"
    found = find_region(place, text)
    if found:
        _region, start, stop = found
        return text[:start] + marked + text[stop:]
    return f"{text.rstrip()}\n\n{marked}\n".lstrip("\n")


def without_region(place: str, text: str) -> str:
    """Give a file's text as it is without its region."""
    found = find_region(place, text)
    if not found:
        return text
    _region, start, stop = found
    before, after = text[:start].rstrip(), text[stop:].strip("\n")
    return "\n\n".join(part for part in (before, after) if part).rstrip("\n") + ("\n" if before or after else "")


def with_whole(text: str, where: str, *, is_yaml: bool) -> str:
    """Give the text of a file that is generated as a whole, with its mark below the front matter."""
    said = f"proofbook:whole {digest_of(text)} {where}; {SAID}: do not edit"
    front = FRONT.match(text)
    at = front.end() if front else 0
    mark = f"# {said}\n" if is_yaml else f"<!-- {said} -->\n\n"
    return text[:at] + mark + text[at:].lstrip("\n")


def find_whole(text: str) -> Region | None:
    """Give the generated text of a file that is marked as a whole, without its mark."""
    found = WHOLE.search(text)
    if not found:
        return None
    plain = text[: found.start()] + text[found.end() :]
    mark_after = text.count("\n", 0, found.start())
    return Region(plain.strip(), 1, found["digest"], found["where"], mark_after, found[0].count("\n"))
