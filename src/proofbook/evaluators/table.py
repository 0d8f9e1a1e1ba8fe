"""Shows results of a query as psql prints them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from psycopg import pq
from psycopg.pq.abc import PGresult

NUMBERS = frozenset((20, 21, 23, 26, 28, 29, 700, 701, 790, 1700, 5069))
TAB = 8
ALSO_TAGGED = ("INSERT", "UPDATE", "DELETE", "MERGE")


def show(result: PGresult) -> str:
    """Give one result: a table with its row count, or the command tag, or both."""
    tag = (result.command_status or b"").decode()
    if result.status != pq.ExecStatus.TUPLES_OK:
        return tag
    names = [_shown((result.fname(column) or b"").decode()) for column in range(result.nfields)]
    rows = [
        [_shown((result.get_value(row, column) or b"").decode()) for column in range(result.nfields)]
        for row in range(result.ntuples)
    ]
    numeric = [result.ftype(column) in NUMBERS for column in range(result.nfields)]
    table = "\n".join((*_table(names, rows, numeric), _count(len(rows)), ""))
    return f"{table}\n{tag}" if tag.startswith(ALSO_TAGGED) else table


def _table(names: list[list[str]], rows: list[list[list[str]]], numeric: list[bool]) -> Iterator[str]:
    widths = [
        max(_width(line) for cell in (name, *(row[at] for row in rows)) for line in cell)
        for at, name in enumerate(names)
    ]
    yield from _lines(names, widths, ["centre"] * len(names))
    yield "-" + "-+-".join("-" * width for width in widths) + "-"
    sides = ["right" if is_number else "left" for is_number in numeric]
    for row in rows if names else ():
        yield from _lines(row, widths, sides)


def _lines(cells: list[list[str]], widths: list[int], sides: list[str]) -> Iterator[str]:
    for at in range(max((len(cell) for cell in cells), default=1)):
        parts = []
        for cell, width, side in zip(cells, widths, sides, strict=True):
            text = cell[at] if at < len(cell) else ""
            mark = "+" if at + 1 < len(cell) else " "
            parts.append(f" {_padded(text, width, side)}{mark}")
        yield "|".join(parts).rstrip()


def _padded(text: str, width: int, side: str) -> str:
    space = width - _width(text)
    before = {"left": 0, "right": space, "centre": space // 2}[side]
    return " " * before + text + " " * (space - before)


def _shown(text: str) -> list[str]:
    """Give the lines of a cell, with tabs and control characters as psql shows them."""
    return [_visible(line) for line in text.split("\n")]


def _visible(line: str) -> str:
    shown = ""
    for character in line:
        if character == "\t":
            shown += " " * (TAB - _width(shown) % TAB)
        elif character == "\r":
            shown += "\\r"
        elif character < " " or character == "\x7f":
            shown += f"\\x{ord(character):02X}"
        else:
            shown += character
    return shown


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


def _count(rows: int) -> str:
    return f"({rows} row)" if rows == 1 else f"({rows} rows)"
