"""What a migration does to those who use the database meanwhile, judged by what PostgreSQL was seen to do.

Each hazard has an id of ours; docs/reference/hazards.md explains them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _accepted import accepted
from _finding import Finding
from _locks import shown, spoken, strongest
from _names import NAME, bare

# --8<-- [start:hazards]
HAZARDS = {
    "HAZ101": ("builds an index without CONCURRENTLY", "AddIndexConcurrently, in a migration with `atomic = False`"),
    "HAZ102": (
        "builds the index of a constraint under its lock",
        "build the unique index concurrently, then add the constraint USING INDEX",
    ),
    "HAZ103": (
        "checks a new foreign key at once",
        "add the column alone, then the constraint NOT VALID, then VALIDATE CONSTRAINT, each in its own migration",
    ),
    "HAZ104": (
        "checks every row for a new constraint at once",
        "AddConstraintNotValid, then ValidateConstraint in a migration after it",
    ),
    "HAZ105": (
        "reads every row to set NOT NULL",
        "add CHECK (column IS NOT NULL) NOT VALID, validate it, then set NOT NULL: PostgreSQL then reads nothing",
    ),
    "HAZ106": ("rewrites the table", "add a new column, copy in batches, then switch"),
    "HAZ107": (
        "rewrites the table for a new column",
        "add the column without a default that must be computed for each row; fill it in batches",
    ),
    "HAZ108": (
        "changes the whole table in one statement",
        "change it in batches, each in a transaction of its own; backfill_nulls does",
    ),
    "HAZ109": (
        "drops what the running code uses",
        "release code that does not name it first, then drop it and accept this",
    ),
    "HAZ110": ("renames what the running code uses", "keep the name with `db_column` or `db_table`"),
    "HAZ111": (
        "adds a required column that the running code does not fill",
        "give it a `db_default`, which stays in the database",
    ),
}
# --8<-- [end:hazards]
WHOLE = re.compile(rf"\s*(?:UPDATE|DELETE\s+FROM)\s+(?:ONLY\s+)?(?:{NAME}\s*\.\s*)?({NAME})", re.IGNORECASE)
BATCH = 10_000  # rows; a statement with a condition that changes no more is a batch, however small the table


@dataclass(frozen=True, slots=True)
class Hazard:
    """One hazard that was seen: its id, the table, and the facts."""

    name: str
    table: str
    facts: str
    line: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What hazards are judged by: one migration, and the tables as they were before the first."""

    told: Mapping[str, Any]
    rows: Mapping[str, int]
    known: Mapping[str, Sequence[str]]
    small: int

    def matters(self, table: str) -> bool:
        """Tell whether a table was there before, with rows to speak of."""
        return self.rows.get(table, 0) > self.small


def judge(seen: Seen, path: str) -> Iterator[Finding | str]:
    """Give the hazards of one migration; those its file accepts are told as such."""
    told = seen.told
    findings = [as_finding(told, each, path) for each in hazards(seen)]
    return accepted(Path(told["file"]), path, "HAZ", findings)


def as_finding(told: Mapping[str, Any], hazard: Hazard, path: str) -> Finding:
    says, hint = HAZARDS[hazard.name]
    message = f"{told['name']} {says}: {hazard.table}, {hazard.facts}"
    return Finding(message, hint, path, hazard.line, hazard.name, "warning")


def hazards(seen: Seen) -> list[Hazard]:
    """Give the hazards of one migration, each once for a table."""
    statements = seen.told["statements"]
    found = [
        each for number, one in enumerate(statements) for each in of_statement(seen, one, statements[number + 1 :])
    ]
    found += [
        Hazard("HAZ111", table, f"column {column} is NOT NULL and has no default", added_at(statements, table, column))
        for table, column in seen.told["required"]
        if table in seen.known
    ]
    once = {(each.name, each.table): each for each in reversed(found)}
    return list(reversed(once.values()))


def of_statement(seen: Seen, one: Mapping[str, Any], later: Sequence[Mapping[str, Any]]) -> Iterator[Hazard]:
    line = one["line"]
    for name, table in (*building(one), *checking(one, later), *rewriting(one)):
        if seen.matters(table):
            yield Hazard(name, table, facts(seen, one, table), line)
    yield from in_one_statement(seen, one)
    yield from used_by_code(seen, one)


def facts(seen: Seen, one: Mapping[str, Any], table: str) -> str:
    """Tell the lock, the seconds and the rows that were measured."""
    modes = seen.told["held"].get(table, {})
    lock = f"{spoken(strongest(modes))} for {modes[strongest(modes)]:.3f} s, " if modes else ""
    return f"{lock}{seen.rows[table]} rows: {shown(one['sql'])}"


def building(one: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for table, _, of_constraint in one.get("index", ()):
        if not one["alone"]:
            yield "HAZ102" if of_constraint else "HAZ101", table


# --8<-- [start:checking]
def checking(one: Mapping[str, Any], later: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """A constraint is a hazard if rows were read for it, or if long work follows while its lock is held."""
    read = {table for table, _ in one.get("scanned", ())}
    follows = any(each.keys() & {"index", "rewritten", "scanned"} for each in later if not each["alone"])
    for table, _, kind, validated, other in one.get("constraint", ()):
        if kind == "f" and validated and (read & {table, other} or follows):
            yield "HAZ103", table
        if kind == "c" and validated and table in read:
            yield "HAZ104", table
    for table, _ in one.get("not_null", ()):
        if table in read:
            yield "HAZ105", table


# --8<-- [end:checking]


def rewriting(one: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if re.match(r"\s*TRUNCATE\b", one["sql"], re.IGNORECASE):
        return
    new = {each[0] for each in one.get("column_added", ())}
    for [table] in one.get("rewritten", ()):
        yield "HAZ107" if table in new else "HAZ106", table


def in_one_statement(seen: Seen, one: Mapping[str, Any]) -> Iterator[Hazard]:
    """Rows tell it where there are any; on an empty database only the statement can."""
    changed = {table: updated + deleted for table, _, updated, deleted in one.get("changed", ())}
    for table, count in changed.items():
        limited = re.search(r"\bWHERE\b", one["sql"], re.IGNORECASE) and count <= BATCH
        if seen.matters(table) and count and count >= seen.rows[table] and not limited:
            yield Hazard("HAZ108", table, f"{count} rows at once: {shown(one['sql'])}", one["line"])
    match = WHOLE.match(one["sql"])
    table = bare(match[1]) if match else ""
    if not changed and not re.search(r"\bWHERE\b", one["sql"], re.IGNORECASE) and seen.matters(table):
        text = f"read from the statement, as no row was there: {shown(one['sql'])}"
        yield Hazard("HAZ108", table, text, one["line"])


# --8<-- [start:used_by_code]
def used_by_code(seen: Seen, one: Mapping[str, Any]) -> Iterator[Hazard]:
    """Code that is still running names what its models name; what they no longer name may go."""
    for [table] in one.get("dropped", ()):
        if table in seen.known:
            yield Hazard("HAZ109", table, "the table is in the models of the code that runs", one["line"])
    for table, *_ in one.get("renamed", ()):
        if table in seen.known:
            yield Hazard("HAZ110", table, "the table is in the models of the code that runs", one["line"])
    for key, name in (("column_dropped", "HAZ109"), ("column_renamed", "HAZ110")):
        for table, column, *_ in one.get(key, ()):
            if column in seen.known.get(table, ()):
                yield Hazard(name, table, f"column {column} is in the models of the code that runs", one["line"])


# --8<-- [end:used_by_code]


def added_at(statements: Sequence[Mapping[str, Any]], table: str, column: str) -> int:
    lines = [
        one["line"]
        for one in statements
        for name, new, *_ in one.get("column_added", ())
        if (name, new) == (table, column)
    ]
    return lines[0] if lines else 1
