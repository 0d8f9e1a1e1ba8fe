"""What a migration locks, changes and rewrites, told in lines for people."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

STRENGTH = (
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
)
LITERALS = re.compile(r"'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$|(?<![\w\"])\d+(\.\d+)?\b", re.DOTALL)


def spoken(mode: str) -> str:
    """Write a lock as the manual does: AccessExclusiveLock is ACCESS EXCLUSIVE."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", mode.removesuffix("Lock")).upper()


def strongest(modes: Mapping[str, float]) -> str:
    return max(modes, key=STRENGTH.index)


def shown(sql: str, width: int = 90) -> str:
    """Give a statement without its literals, which may be somebody's data."""
    return textwrap.shorten(LITERALS.sub("?", sql), width, placeholder=" ...")


def told_locks(told: Mapping[str, Any]) -> Iterator[str]:
    """Tell one migration: seconds, the strongest lock of each table and for how long, and the rows it touched."""
    yield f"{told['name']}: {told['seconds']:.2f} s"
    for table, modes in sorted(told["held"].items()):
        if table != "django_migrations":
            mode = strongest(modes)
            yield f"  {spoken(mode)} on {table} for {modes[mode]:.3f} s{doings(told, table)}"


def doings(told: Mapping[str, Any], table: str) -> str:
    """Tell what else happened to a table."""
    rewritten = any([table] in each.get("rewritten", ()) for each in told["statements"])
    counts = zip(told["rows"].get(table, (0, 0, 0)), ("inserted", "updated", "deleted"), strict=True)
    said = ["rewritten"] * rewritten + [f"{count} rows {word}" for count, word in counts if count]
    return f", {', '.join(said)}" if said else ""
