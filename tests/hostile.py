"""Lines that make a careless expression try again and again from each letter on."""

from __future__ import annotations

import random
from collections.abc import Iterator

LINE = 16_000
# what our expressions repeat, and what they wait for in vain after it
REPEATED = (
    "a-", "a_1", "-1", "a.", "://a:", "://a:b@", "password", "passwd=", "x token=", "\t", " ", "] ", "::error ",
    "##[error]", "[pod/a] ", "web-1 | ", "2026-11-22T10:00:00Z ", "\x1b[31m", "\x1b[", "0;", '"', "'", '"x', ")=(",
    "failing row contains (", 'host name "', "invalid input syntax for type a ", "DETAIL: ", "ERROR: ",
    "error: x: ", "x: ", "Bearer ", "Applying a.b", "column ", 'relation "', "connection to server ", " HTTP",
    "psycopg.errors.A: ", "psycopg2.errors.", "FEHLER:  42701: ", "42P01 ", "[1] 42701:", "ВАЖНО:  ",
    "SQLSTATE=42P01 ", "state=", "«", "» ", "« ", "integer", "uuid: »", "ANWEISUNG:  ",
    "migrations.", "site-packages", "{", '{"log":', "\\", "\r", "=",
)  # fmt: skip
OPENINGS = (
    "ERROR: ",
    "FATAL:  ",
    "Error: ",
    "web-1  | ERROR: ",
    "x: line 1: ",
    "psql: error: ",
    "FEHLER:  42701: ",
    "psycopg.errors.UndefinedTable: ",
    "",
)
ENDINGS = ("", "!", " HTTP 599 ", " already exists", ": Permission denied", "@", ")")


def hostile(seed: int, size: int) -> Iterator[str]:
    """Give lines of so many letters together."""
    drawn, left = random.Random(seed), size
    while left > 0:
        inner = "".join(drawn.choices(REPEATED, k=drawn.choice((1, 1, 2, 3))))
        line = drawn.choice(OPENINGS) + inner * (LINE // len(inner)) + drawn.choice(ENDINGS)
        left -= len(line) + 1
        yield line
