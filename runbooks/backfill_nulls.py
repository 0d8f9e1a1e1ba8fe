#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Fill the NULLs of a column, in batches, so that it can become NOT NULL.

Every key is written to a journal before its batch is committed: the undo sets exactly those rows to
NULL again, unless they have been changed since.
"""

from __future__ import annotations

import json
import operator
import os
import re
import sys
from pathlib import Path
from typing import Any

from _step import Failed, Refused, Step, perform
from _target import connect_for, only_run, open_server

END = '"done"\n'

COLUMN = """
SELECT c.oid::regclass::text AS "table", quote_ident(a.attname) AS "column", a.attnotnull AS filled,
       format_type(a.atttypid, a.atttypmod) AS type,
       (SELECT jsonb_agg(jsonb_build_array(quote_ident(k.attname), format_type(k.atttypid, k.atttypmod)) ORDER BY p.n)
          FROM pg_index x CROSS JOIN unnest(x.indkey) WITH ORDINALITY AS p (attnum, n)
          JOIN pg_attribute k ON k.attrelid = x.indrelid AND k.attnum = p.attnum
         WHERE x.indrelid = c.oid AND x.indisprimary) AS keys
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = :'column' AND a.attnum > 0
 WHERE c.oid = coalesce(to_regclass(quote_ident(:'table')), to_regclass(:'table'))
   AND c.relkind IN ('r', 'p') AND a.attgenerated = ''
"""


# --8<-- [start:count_nulls]
def count_nulls(case: Any) -> list[str]:
    """Find the column and count its NULLs."""
    name = f"{case.options.table}.{case.options.column}"
    found = case.sql.rows(COLUMN, table=case.options.table, column=case.options.column)
    if not found:
        raise Refused(f"there is no column {name} that can be filled", "give the names as the database has them")
    case.column = found[0]
    count = "SELECT count(*) FROM {table} WHERE {column} IS NULL".format(**case.column)  # noqa: S608  # quoted by PostgreSQL
    case.nulls = 0 if case.column["filled"] else int(case.sql.foreign(count)[0])
    if case.nulls and not case.column["keys"]:
        raise Refused(f"{case.options.table} has no primary key", "rows that cannot be named cannot be set back")
    return [f"{name} is of type {case.column['type']} and has {case.nulls} NULLs"]


# --8<-- [end:count_nulls]


# --8<-- [start:probe_value]
def probe_value(case: Any) -> list[str]:
    """Fill one batch in a transaction that is rolled back: the value must fit."""
    options = case.options
    if not case.nulls:
        return []
    if (options.value is None) == (options.expression is None):
        raise Refused("no value is given", "say what the rows shall hold: --value V, or --expression SQL")
    if options.expression and ";" in options.expression:
        raise Refused("the expression holds a semicolon", "give one SQL expression, not a statement")
    case.fill = f"({options.expression})" if options.expression else literal(options.value)
    sql = connect_for(case, case.target)
    try:
        sql.script("BEGIN; SET CONSTRAINTS ALL IMMEDIATE;")
        left = [line for line in sql.foreign(batch(case)) if json.loads(line)[1] is None]
        sql.script("ROLLBACK;")
    except Failed as error:
        raise Refused(f"the value does not fit: {error.fact}", "try it in a SELECT first") from None
    if left:
        raise Refused(
            f"the expression gives NULL for {len(left)} of the first {options.batch} rows",
            "add what they shall hold: coalesce(..., ...)",
        )
    return [f"{options.expression or options.value} fits the first rows"]


# --8<-- [end:probe_value]


# --8<-- [start:batch]
def batch(case: Any, last: list[Any] | None = None) -> str:
    """Write the statement that fills the next rows by primary key and tells [keys, value, place]."""
    table, column, keys = case.column["table"], case.column["column"], [key for key, _ in case.column["keys"]]
    named = [f"proofbook_{place}" for place in range(len(keys))]
    after = f" AND ({', '.join(keys)}) > ({', '.join(map(literal, last))})" if last else ""
    return f"""
        WITH batch AS (SELECT {", ".join(f"{key} AS {name}" for key, name in zip(keys, named, strict=True))} FROM {table}
                        WHERE {column} IS NULL{after} ORDER BY {", ".join(keys)} LIMIT {case.options.batch} FOR UPDATE),
             numbered AS (SELECT *, row_number() OVER (ORDER BY {", ".join(named)}) AS proofbook_place FROM batch)
        UPDATE {table} SET {column} = {case.fill} FROM numbered
         WHERE {" AND ".join(f"{table}.{key} = {name}" for key, name in zip(keys, named, strict=True))}
        RETURNING jsonb_build_array(jsonb_build_array({", ".join(f"{name}::text" for name in named)}),
                                    to_jsonb({table}.{column}), proofbook_place)"""  # noqa: S608  # quoted by PostgreSQL


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


# --8<-- [end:batch]


def say_fill(case: Any) -> list[str]:
    if not case.nulls:
        return []
    case.journal = find_journal(case)
    return [f"fill {case.nulls} rows, {case.options.batch} at a time"]


def undo_fill(case: Any) -> list[str]:
    return [
        case.command(
            "--table", case.options.table, "--column", case.options.column, "--undo", str(case.journal), "--apply"
        )
    ]


# --8<-- [start:fill]
def fill(case: Any) -> list[str]:
    """Fill batch after batch; the journal is on disk before a batch is committed."""
    only_run(case.sql, f"backfill of {case.column['table']}")
    last, filled = None, 0
    case.journal.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    case.journal.touch(mode=0o600)
    with case.journal.open("a", encoding="utf-8") as journal:
        while True:
            case.sql.script("BEGIN;")
            lines = case.sql.foreign(batch(case, last))
            journal.writelines(f"{line}\n" for line in lines)
            journal.flush()
            os.fsync(journal.fileno())
            case.sql.script("COMMIT;")
            if not lines:
                return [f"filled {filled} rows"]
            filled += len(lines)
            last = max(map(json.loads, lines), key=operator.itemgetter(2))[0]


# --8<-- [end:fill]


# --8<-- [start:check_nulls]
def check_nulls(case: Any) -> list[str]:
    """Count the NULLs again."""
    count_nulls(case)
    if case.nulls:
        raise Failed(
            f"{case.nulls} rows are NULL still", "something writes NULLs: run this again, then migrate at once"
        )
    with case.journal.open("a", encoding="utf-8") as journal:
        journal.write(END)
    return ["no NULL is left"]


# --8<-- [end:check_nulls]


def find_journal(case: Any) -> Path:
    """Name the journal: that of a run that was killed is carried on, one that ended is kept."""
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    folder = Path(case.options.journal or state / "proofbook")
    names = (case.target.value("dbname"), case.options.table, case.options.column)
    stem = "backfill_nulls-" + re.sub(r"[^\w-]", "_", "-".join(names))
    kept = sorted(folder.glob(f"{stem}-[0-9]*"), key=lambda path: int(path.stem.rpartition("-")[2]))
    if kept and kept[-1].suffix == ".jsonl" and not kept[-1].read_text(encoding="utf-8").endswith(END):
        return kept[-1]
    return folder / f"{stem}-{len(kept) + 1}.jsonl"


def say_empty(case: Any) -> list[str]:
    journal, undone = Path(case.options.undo), Path(case.options.undo).with_suffix(".undone")
    if undone.exists() and not journal.exists():
        return []
    if not journal.exists():
        raise Refused(f"there is no journal {journal}", "its name stands in the output of the run that filled the rows")
    case.lines = [line for line in journal.read_text(encoding="utf-8").splitlines() if line.startswith("[")]
    return [f"set {len(case.lines)} rows to NULL again, but none that has been changed since"]


def undo_empty(case: Any) -> list[str]:
    return ["run the backfill again, with the same value"]


# --8<-- [start:empty]
def empty(case: Any) -> list[str]:
    """Set to NULL what the journal names, as long as it still holds what was filled in."""
    table, column, keys = case.column["table"], case.column["column"], case.column["keys"]
    same = " AND ".join(f"{table}.{key} = (line->0->>{place})::{kind}" for place, (key, kind) in enumerate(keys))
    emptied = 0
    for start in range(0, len(case.lines), case.options.batch):
        lines = f"[{','.join(case.lines[start : start + case.options.batch])}]"
        emptied += len(
            case.sql.foreign(
                f"UPDATE {table} SET {column} = NULL FROM jsonb_array_elements({literal(lines)}) AS line "  # noqa: S608
                f"WHERE {same} AND to_jsonb({table}.{column}) = line->1 RETURNING 1"
            )
        )
    Path(case.options.undo).rename(Path(case.options.undo).with_suffix(".undone"))
    return [f"{emptied} rows are NULL again"]


# --8<-- [end:empty]


# --8<-- [start:steps]
STEPS = [
    Step("Open the database", open_server),
    Step("Count the NULLs", count_nulls),
    Step("Try the value on some rows, and roll back", probe_value),
    Step("Fill the rows", say_fill, fill, undo_fill),
    Step("Count the NULLs again", check_nulls, after=True),
]

UNDO_STEPS = [
    Step("Open the database", open_server),
    Step("Count the NULLs", count_nulls),
    Step("Set the rows to NULL again", say_empty, empty, undo_empty),
]
# --8<-- [end:steps]


def add_options(parser: Any) -> None:
    parser.add_argument("--table", metavar="T", required=True, help="the table, as the database names it")
    parser.add_argument("--column", metavar="C", required=True, help="the column to fill")
    parser.add_argument("--value", metavar="V", help="one value for every row")
    parser.add_argument("--expression", metavar="SQL", help="an SQL expression over the row's columns")
    parser.add_argument("--batch", metavar="N", type=int, default=1000, help="rows in one transaction (1000)")
    parser.add_argument("--journal", metavar="DIR", help="where the keys are kept (~/.local/state/proofbook)")
    parser.add_argument("--undo", metavar="FILE", help="undo: the journal of the run to take back")


def main(argv: list[str] | None = None) -> int:
    """Run this runbook."""
    undo = any(word.startswith("--undo") for word in (sys.argv[1:] if argv is None else argv))
    return perform(__file__, __doc__, UNDO_STEPS if undo else STEPS, argv, add_options)


if __name__ == "__main__":
    raise SystemExit(main())
