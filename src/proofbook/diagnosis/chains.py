"""Follows tracebacks through a log: exceptions that Python chains are one event, and its first line is the cause."""

from __future__ import annotations

from dataclasses import dataclass

from proofbook.diagnosis.errors_seen import CHAINED, TRACEBACK
from proofbook.diagnosis.wrapping import Line

LONGEST = 2000
# lines of others after which a traceback is taken for cut off: its program has ended
SILENT = 500
# a command that has not ended its line when it fails: "  Applying app.0002_name...Traceback"
UNENDED = f"...{TRACEBACK}:"
# the inner half of a chain: Django wraps what the driver raised, and only the outer half tells who called
INNER = "/django/db/backends/"
# what a database adds to its error, below it
ADDS = ("DETAIL:", "HINT:", "CONTEXT:", "LINE ")
# an exception may go on: a hint, a place in a file, the statement that failed
GOES_ON = 12


@dataclass(slots=True)
class _Traceback:
    """What is known of the last traceback of one source."""

    event: int
    is_open: bool = False
    is_outer: bool = False
    continues: bool = False
    lines: int = 0
    named_at: int = 0
    last: int = 0


class Chains:
    """Tells, line by line, to which event a line belongs and whether it is the exception of a traceback."""

    def __init__(self) -> None:
        """Begin without any event."""
        self._of: dict[str, _Traceback] = {}
        # only these are looked at for each line: a log may have as many sources as lines
        self._open: dict[str, _Traceback] = {}
        self._events = 0

    def is_open_at(self, number: int) -> bool:
        """Tell whether a traceback has begun not long before a line, and its exception has not been read yet."""
        for source, each in list(self._open.items()):
            if number - each.last > SILENT:
                each.is_open = False
                del self._open[source]
        return bool(self._open)

    def place(self, line: Line) -> tuple[int, bool]:
        """Give the number of the line's event, and whether it is the line that names a traceback's exception."""
        text = line.text
        known = self._of.get(line.source)
        if text.lstrip().startswith(TRACEBACK) or text.endswith(UNENDED):
            event, is_outer = (known.event, known.is_outer) if known and known.continues else (self._new(), False)
            begun = _Traceback(event, is_open=True, is_outer=is_outer, last=line.number)
            self._of[line.source] = self._open[line.source] = begun
            return event, False
        if known and text in CHAINED:
            known.continues = True
            return known.event, False
        if known and known.is_open:
            return self._inside(known, line)
        if known and (text[:1].isspace() or text.startswith(ADDS)) and 0 < line.number - known.named_at <= GOES_ON:
            return known.event, False
        return self._new(), False

    def is_traced(self, source: str, event: int) -> bool:
        """Tell whether an event is a traceback that shows the program's own calls, and not only its driver's."""
        known = self._of.get(source)
        return known is not None and known.event == event and known.is_outer

    def _inside(self, known: _Traceback, line: Line) -> tuple[int, bool]:
        text = line.text
        known.lines, known.last = known.lines + 1, line.number
        known.is_outer |= known.lines == 1 and INNER not in text.replace("\\", "/")
        is_exception = bool(text) and not text[0].isspace() and not text.startswith(("+", "|"))
        if is_exception or known.lines > LONGEST:
            known.is_open, known.named_at = False, line.number
            self._open.pop(line.source, None)
        return known.event, is_exception

    def _new(self) -> int:
        self._events += 1
        return self._events
