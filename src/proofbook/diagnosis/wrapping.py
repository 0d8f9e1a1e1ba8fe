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
# of PostgreSQL's own JSON log
SERVER = ("error_severity", "state_code", "message")
LEVELS = ("level", "severity", "levelname", "log.level", "lvl", "loglevel", "log_level", "severity_text")
ERROR_LEVELS = ("ERROR", "ERR", "CRITICAL", "CRIT", "FATAL", "PANIC", "ALERT", "EMERG", "EMERGENCY")
# as pino and bunyan count
ERROR_NUMBERS = (50, 60)
NUMBERS = re.compile(r"\d[\d.:TZ+-]*")
MARK = re.compile(r"(?:##\[(?:error|warning|group|command|debug)\]|::(?:error|warning|group)(?: [^:]*)?::)")


@dataclass(frozen=True, slots=True)
class Line:
    """One line as the program wrote it; ``source`` is who carried it, as far as that tells programs apart."""

    number: int
    source: str
    text: str
    is_error: bool = False


def unwrapped(number: int, raw: str) -> Iterator[Line]:
    """Give the lines that one line of a log holds: mostly one, several where JSON or a progress bar hides more."""
    source, text = _carried(ANSI.sub("", raw[:LONGEST]))
    if text.startswith("{"):
        # cut, it would be no JSON
        found = _from_json(text if len(raw) <= LONGEST else _carried(ANSI.sub("", raw))[1])
        if found is not None:
            is_error, lines = found
            for index, each in enumerate(lines):
                yield Line(number, source, each, is_error=is_error and index == 0)
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


def _from_json(text: str, deep: int = 1) -> tuple[bool, list[str]] | None:
    """Tell whether a JSON object calls itself an error, and give the lines in it; None where it is no such object."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    told = list(_told(_as_server(value), DEEPEST, is_known=True))
    is_error = any(_is_error_level(name, value[name]) for name in LEVELS if name in value)
    lines: list[str] = []
    for each in told:
        # a container engine writes what its program wrote as JSON into JSON
        inner = _from_json(each, deep - 1) if deep and each.startswith("{") else None
        is_error |= inner is not None and inner[0]
        lines += ANSI.sub("", each).splitlines() if inner is None else inner[1]
    if is_error and not lines:
        lines = [text]
    return is_error, [as_written(line[:LONGEST].expandtabs(TAB).rstrip()) for line in lines]


def _as_server(value: dict[str, object]) -> dict[str, object]:
    """Give what PostgreSQL wrote as JSON with severity and SQLSTATE before the message, as in a plain log."""
    severity, code, message = (value.get(name) for name in SERVER)
    if not (isinstance(severity, str) and isinstance(code, str) and isinstance(message, str)):
        return value
    return {**value, "message": f"{severity}:  {code}: {message}"}


def _is_error_level(name: str, level: object) -> bool:
    if isinstance(level, str):
        return level.upper() in ERROR_LEVELS
    return name == "level" and level in ERROR_NUMBERS


def _told(value: Mapping[str, object], deep: int, *, is_known: bool) -> Iterator[str]:
    """Give the texts of an object: what has a known name first, of the others those of several lines."""
    for name in FIELDS:
        if name in value:
            yield from _texts(value[name], deep, is_known=is_known)
    for name in sorted(value.keys() - set(FIELDS)):
        yield from _texts(value[name], deep, is_known=False)


def _texts(found: object, deep: int, *, is_known: bool) -> Iterator[str]:
    if isinstance(found, str):
        if is_known or "\n" in found:
            yield found
    elif isinstance(found, Mapping) and deep:
        yield from _told(found, deep - 1, is_known=is_known)
    elif isinstance(found, list) and deep:
        for each in found:
            yield from _texts(each, deep - 1, is_known=is_known)
