"""What stopped a migration, told as a finding: the fault is known by PostgreSQL's code, never by its words.

The words depend on the server's language and version; the code does not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from _finding import Finding

BY_CODE = {
    "42701": "MIG201",
    "42501": "MIG203",
    "25P02": "MIG204",
    "42883": "MIG205",
    "23505": "MIG209",
    "22001": "MIG210",
    "22P02": "MIG211",
    "22003": "MIG211",
    "22007": "MIG211",
    "22008": "MIG211",
    "55006": "MIG212",
    "25001": "MIG213",
    "55P03": "MIG215",
    "40P01": "MIG216",
    "57014": "MIG221",
    "25006": "MIG222",
    "23503": "MIG220",
}
# one code, several faults: the statement that failed tells which
BY_STATEMENT = {
    "42804": ((r"\bREFERENCES\b|\bFOREIGN KEY\b", "MIG205"), (r"\bTYPE\b", "MIG211")),
    "23502": (
        (r"^\s*ALTER TABLE (IF EXISTS )?(ONLY )?\S+ ADD\b", "MIG208"),
        (r"^\s*ALTER\b", "MIG207"),
        (r"^\s*(INSERT|UPDATE)\b", "MIG219"),
    ),
    "42501": ((r"^\s*CREATE (?!(UNIQUE )?INDEX\b)", "MIG218"),),
    "42P07": ((r"^\s*CREATE (UNIQUE )?INDEX\b", "MIG214"), (r"", "MIG202")),
    "42P01": ((r"^\s*ALTER INDEX\b", "MIG111"),),
    "42704": ((r"^\s*(ALTER|DROP) INDEX\b", "MIG111"),),
    "0A000": ((r"^\s*CREATE EXTENSION\b", "MIG223"),),
    "58P01": ((r"^\s*CREATE EXTENSION\b", "MIG223"),),
}
TWICE = {"42P07"}  # on an empty database nothing was left behind: the migrations themselves make it twice
ON_EMPTY = {"42P07": "MIG110", "42P01": "MIG108", "42703": "MIG108", "3F000": "MIG108", "42704": "MIG108"}
BY_KIND = {
    "InconsistentMigrationHistory": "MIG101",
    "NodeNotFoundError": "MIG103",
    "CircularDependencyError": "MIG104",
    "BadMigrationError": "MIG105",
    "IrreversibleError": "MIG113",
    "FieldDoesNotExist": "MIG109",
}
HINTS = {
    "MIG108": "name the migration that makes it in `dependencies`",
    "MIG109": "let the migration that adds the column say so in its state, with SeparateDatabaseAndState",
    "MIG110": "two migrations make this: take out the one that is applied nowhere",
    "MIG113": "give it a way back, or write into its file: # proofbook: accepts MIG113 because ...",
    "MIG201": "find out who added the column; adopt_column compares it and records the migration",
    "MIG202": "the table is there and the history does not say so; compare it before anything is faked",
    "MIG203": "let the role that migrates own its tables",
    "MIG204": "let the error that came before be raised, or catch it around a transaction.atomic()",
    "MIG207": "fill the rows first; backfill_nulls does it in batches",
    "MIG208": "add it with a default, or let it be null until the rows are filled",
    "MIG209": "find the duplicates and decide which row stays, in a migration before this one",
    "MIG210": "shorten the values, or keep the column as long as it was",
    "MIG211": "add a new column, convert what can be converted, then switch",
    "MIG212": "split it: rows in one migration, the table in the next",
    "MIG213": "say `atomic = False` in the migration, and let it do nothing else",
    "MIG214": "if pg_index says that it is not valid, drop it; then migrate again",
    "MIG218": "grant CREATE on the schema to the role that migrates",
    "MIG219": "give the column a default in the database, with db_default",
    "MIG220": "find the rows without a parent and decide about them, in a migration before this one",
}


# --8<-- [start:fault_of]
def fault_of(error: Mapping[str, Any], *, fresh: bool) -> str:
    """Name the fault that stopped a migration, or nothing if it is none of the catalogue."""
    code, statement = error["sqlstate"], error["statement"]
    if error["kind"] == "TransactionManagementError":  # its code is that of the error that was swallowed before
        code = "25P02"
    for pattern, fault in BY_STATEMENT.get("" if fresh and code in TWICE else code, ()):
        if re.search(pattern, statement, re.IGNORECASE):
            return fault
    if fresh and code in ON_EMPTY:
        return ON_EMPTY[code]
    if code:
        return BY_CODE.get(code, "")
    if error["operation"] == "RunPython":
        return {"LookupError": "MIG108"}.get(error["kind"], "MIG206" if fresh else "")
    if error["kind"] == "NotSupportedError" and error["operation"].endswith("Concurrently"):
        return "MIG213"
    return BY_KIND.get(error["kind"]) or ("MIG109" if error["kind"] == "KeyError" and error["operation"] else "")


# --8<-- [end:fault_of]


def failure(told: Mapping[str, Any], path: str, *, fresh: bool, verb: str = "stops with") -> Finding:
    """Tell what stopped a migration; values of rows are left out."""
    error = told["error"]
    fault = fault_of(error, fresh=fresh)
    code = f" {error['sqlstate']}" if error["sqlstate"] else ""
    message = error["message"]
    if error["sqlstate"].startswith("22"):
        message = re.sub(r'(?<=: )".*"', '"?"', message)
    where = f", at: {error['says']}" if error["says"] else ""
    hint = HINTS.get(fault, "")
    return Finding(f"{told['name']} {verb} {error['kind']}{code}: {message}{where}", hint, path, error["line"], fault)
