"""Tells whether what a migration does is already in the database, by trying it on empty copies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from _copies import Key, Shape, attempt, copies, shape
from _names import NAME, bare, quoted
from _postgres import Sql

MAKES = {
    "table": re.compile(rf"CREATE TABLE (?:IF NOT EXISTS )?({NAME})", re.IGNORECASE),
    "column": re.compile(
        rf"ALTER TABLE ({NAME}) ADD (?:COLUMN )?(?!CONSTRAINT)(?:IF NOT EXISTS )?({NAME})", re.IGNORECASE
    ),
    "index": re.compile(rf"CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?(?:IF NOT EXISTS )?({NAME}) ON", re.IGNORECASE),
    "constraint": re.compile(rf"ALTER TABLE ({NAME}) ADD CONSTRAINT ({NAME})", re.IGNORECASE),
}
PART = re.compile(
    rf"\b(?:ADD COLUMN|ALTER COLUMN|DROP COLUMN|RENAME COLUMN|(?:ADD|DROP|VALIDATE|RENAME) CONSTRAINT)"
    rf" (?:IF (?:NOT )?EXISTS )?({NAME})(?: TO ({NAME}))?",
    re.IGNORECASE,
)
WHOLE = re.compile(
    rf"\b(?:(?:CREATE|DROP|ALTER) (?:UNIQUE )?(TABLE|INDEX)) (?:CONCURRENTLY )?(?:IF (?:NOT )?EXISTS )?({NAME})",
    re.IGNORECASE,
)
RENAMES = re.compile(rf"\bRENAME (?:COLUMN {NAME} )?TO ({NAME})", re.IGNORECASE)
THERE = ("42701", "42P07", "42710")
GONE = ("42703", "42P01", "42704")
CHANGES_ROWS = re.compile(r"\s*(UPDATE|INSERT|DELETE|SELECT|DO|CALL|COPY|TRUNCATE|WITH)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an operation's effect is there: present, absent, differs, none, traceless or unknown."""

    says: str
    state: str
    reason: str = ""


# --8<-- [start:judge]
def judge(sql: Sql, migrations: Mapping[str, Sequence[Any]], *, strict: bool) -> dict[str, list[Verdict]]:
    """Tell for each operation of each migration whether its effect is in the database.

    What is absent is made on the copies, as later operations may stand on it. Strict also minds what the
    migration would not make; the opposite is right when later migrations have been applied.
    """
    with copies(sql, [each for operations in migrations.values() for each in operations]):
        return {
            name: [judge_one(sql, each, strict=strict) for each in operations]
            for name, operations in migrations.items()
        }


def judge_one(sql: Sql, operation: Mapping[str, Any], *, strict: bool) -> Verdict:
    says, statements = operation["says"], operation["sql"]
    if operation["code"] or any(CHANGES_ROWS.match(statement) for statement in statements):
        return Verdict(says, "traceless", "it changes rows or runs code, which leaves no trace in the schema")
    if operation["error"] or not statements:
        return Verdict(says, "unknown" if operation["error"] else "none", operation["error"])
    before = shape(sql)
    error = attempt(sql, statements)
    if error.startswith(THERE):
        return compare_with_fresh(sql, says, statements, before, strict=strict)
    if error.startswith(GONE) and is_gone(statements, before):
        return Verdict(says, "present")
    if error:
        return Verdict(says, "unknown", error[6:])
    return Verdict(says, "absent" if shape(sql) != before else "present")


# --8<-- [end:judge]


# --8<-- [start:compare_with_fresh]
def compare_with_fresh(sql: Sql, says: str, statements: Sequence[str], before: Shape, *, strict: bool) -> Verdict:
    """Take away what the statements would make, let them make it, and compare the two."""
    error = attempt(sql, [*taking_away(statements, before), *statements])
    if error:
        return Verdict(says, "unknown", error[6:])
    fresh = shape(sql)
    differences = [
        f"{key[0]}.{key[2]} should be {fresh[key]}, it is {before.get(key, 'not there')}"
        for key in sorted(fresh)
        if not is_matched(key, fresh, before)
    ]
    if strict:
        differences += [
            f"{key[0]}.{key[2]} is {before[key]}, which the migration does not make"
            for key in sorted(before)
            if key not in fresh and not is_matched(key, before, fresh)
        ]
    return Verdict(says, "differs", "; ".join(differences)) if differences else Verdict(says, "present")


# --8<-- [end:compare_with_fresh]


def is_matched(key: Key, one: Shape, other: Shape) -> bool:
    """Django finds unnamed constraints and indexes by what they do, so their names may differ."""
    if key[1] == "column":
        return other.get(key) == one[key]
    return any(found[:2] == key[:2] and other[found] == one[key] for found in other)


def made(kind: str, statements: Sequence[str]) -> set[str]:
    """Name what statements make: a table or index by name, a column or constraint as table.name."""
    found = [match.groups() for each in statements for match in MAKES[kind].finditer(each)]
    return {".".join(bare(name) for name in names) for names in found}


def taking_away(statements: Sequence[str], before: Shape) -> list[str]:
    """Write the statements that undo what these make, as far as it is there."""
    tables, columns = made("table", statements), made("column", statements)
    lost = tables | {name.partition(".")[0] for name in columns}
    away = [f"DROP TABLE pg_temp.{quoted(name)} CASCADE" for name in tables & {key[0] for key in before}]
    for table, kind, name in before:
        place = f"ALTER TABLE pg_temp.{quoted(table)} DROP {kind} {quoted(name)} CASCADE"
        if (kind == "column" and f"{table}.{name}" in columns) or (
            kind == "constraint" and f"{table}.{name}" in made(kind, statements) and table not in lost
        ):
            away.append(place)
        elif kind == "index" and name in made(kind, statements) and table not in lost:
            away.append(f"DROP INDEX pg_temp.{quoted(name)}")
    return away


def is_gone(statements: Sequence[str], before: Shape) -> bool:
    """Removing what is gone, or renaming what has its new name, is done already."""
    renames = [match[1] for each in statements for match in RENAMES.finditer(each)]
    if renames:
        return all(any(bare(name) in (key[0], key[2]) for key in before) for name in renames)
    return all(re.search(r"\bDROP\b", each, re.IGNORECASE) for each in statements)


# --8<-- [start:touched_again]
def touched_again(operations: Sequence[Any], later: Sequence[Any]) -> list[str]:
    """Name what both of two migrations change: if the later one was run, what is missing may have been there."""
    first, second = changes(operations), changes(later)
    whole = {name for name in second if "." not in name}
    return sorted(first & second | {name for name in first if name.partition(".")[0] in whole})


def changes(operations: Sequence[Any]) -> set[str]:
    """Name the tables and indexes that are made, dropped or renamed, and the columns and constraints as table.name."""
    found: set[str] = set()
    for statement in (text for each in operations for text in each["sql"]):
        whole = WHOLE.search(statement)
        kind, name = whole.groups() if whole else ("", "")
        parts = {bare(part) for match in PART.finditer(statement) for part in match.groups() if part}
        found |= {f"{bare(name)}.{part}" for part in parts} if parts else {bare(name)} if kind else set()
    return found


# --8<-- [end:touched_again]
