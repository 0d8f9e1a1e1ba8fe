"""Shows results of a query as psql prints them."""

from __future__ import annotations

import unicodedata

from psycopg import pq
from psycopg.pq.abc import PGresult

NUMBERS = frozenset((20, 21, 23, 26, 700, 701, 790, 1700))


def show(result: PGresult) -> str:
    """Give one result: a table with its row count, or the command tag."""
    if result.status != pq.ExecStatus.TUPLES_OK:
        return (result.command_status or b"").decode()
    names = [(result.fname(column) or b"").decode() for column in range(result.nfields)]
    rows = [
        [(result.get_value(row, column) or b"").decode() for column in range(result.nfields)]
        for row in range(result.ntuples)
    ]
    numeric = [result.ftype(column) in NUMBERS for column in range(result.nfields)]
    return "\n".join((*_table(names, rows, numeric), _count(len(rows))))


def _table(names: list[str], rows: list[list[str]], numeric: list[bool]) -> list[str]:
    widths = [
        max(_width(line) for cell in (name, *(row[at] for row in rows)) for line in cell.split("\n"))
        for at, name in enumerate(names)
    ]
    head = " " + " | ".join(_centre(name, width) for name, width in zip(names, widths, strict=True))
    rule = "-" + "-+-".join("-" * width for width in widths) + "-"
    return [head, rule, *(line for row in rows for line in _lines(row, widths, numeric))]


def _lines(row: list[str], widths: list[int], numeric: list[bool]) -> list[str]:
    cells = [cell.split("\n") for cell in row]
    height = max((len(cell) for cell in cells), default=1)
    lines = []
    for at in range(height):
        parts = []
        for cell, width, right in zip(cells, widths, numeric, strict=True):
            text = cell[at] if at < len(cell) else ""
            space = " " * (width - _width(text))
            mark = "+" if at + 1 < len(cell) else " "
            parts.append(f" {space}{text}{mark}" if right else f" {text}{space}{mark}")
        lines.append("|".join(parts).rstrip())
    return lines


def _centre(text: str, width: int) -> str:
    space = width - _width(text)
    return " " * (space // 2) + text + " " * (space - space // 2)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


def _count(rows: int) -> str:
    return f"({rows} row)" if rows == 1 else f"({rows} rows)"
