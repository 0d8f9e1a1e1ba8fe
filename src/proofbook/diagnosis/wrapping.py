"""Takes a log's line out of what carries it: JSON, marks of a pipeline, colour, names of containers, times."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from proofbook.pages.expected import ANSI, TAB
from proofbook.pages.logs import CARRIED, as_written

LONGEST = 16_384
DEEPEST = 3
# in the order in which they are told: what happened, then how it came about
FIELDS = (
    "log",
    "message",
    "msg",
    "text",
    "textPayload",
    "event",
    "error",
    "exception",
    "exc_info",
    "traceback",
    "stack",
    "stack_trace",
    "detail",
    "jsonPayload",
)
NUMBERS = re.compile(r"\d[\d.:TZ+-]*")
MARK = re.compile(r"(?:##\[(?:error|warning|group|command|debug)\]|::(?:error|warning|group)(?: [^:]*)?::)")


@dataclass(frozen=True, slots=True)
class Line:
    """One line as the program wrote it; ``source`` is who carried it, as far as that tells programs apart."""

    number: int
    source: str
    text: str


def unwrapped(number: int, raw: str) -> Iterator[Line]:
    """Give the lines that one line of a log holds: mostly one, several where JSON or a progress bar hides more."""
    text = ANSI.sub("", raw[:LONGEST])
    source, text = _carried(text)
    if text.startswith("{"):
        found = _from_json(text)
        if found is not None:
            for each in found:
                yield Line(number, source, each)
            return
    for part in text.split("\r"):
        # a pipeline marks a line and may carry another program's
        again, inner = _carried(MARK.sub("", part, count=1)) if MARK.match(part) else ("", part)
        yield Line(number, source + again, as_written(inner.expandtabs(TAB).rstrip()))


def _carried(text: str) -> tuple[str, str]:
    found = CARRIED.match(text)
    if not found:
        return "", text
    return NUMBERS.sub("", found.group()), text[found.end() :]


def _from_json(text: str) -> list[str] | None:
    """Give the lines in the fields of a JSON object that logs write text into; None where it is no such object."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    return [
        as_written(line.expandtabs(TAB).rstrip())
        for told in _told(value, DEEPEST)
        for line in ANSI.sub("", told).splitlines()
    ]


def _told(value: Mapping[str, object], deep: int) -> Iterator[str]:
    for name in FIELDS:
        found = value.get(name)
        if isinstance(found, str):
            yield found
        elif isinstance(found, Mapping) and deep:
            yield from _told(found, deep - 1)
