"""What the runbooks know of the counters that give out ids: whose they are, where they stand, how to set them."""

from __future__ import annotations

import json
from dataclasses import dataclass

from _names import literal
from _postgres import Sql

# of a column of whole numbers; one that counts down is nobody's key
FIND = """
SELECT s.oid::regclass::text AS sequence, t.oid::regclass::text AS "table", quote_ident(a.attname) AS "column"
  FROM pg_depend d
  JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' AND s.relpersistence <> 't'
  JOIN pg_sequence q ON q.seqrelid = s.oid AND q.seqincrement > 0
  JOIN pg_class t ON t.oid = d.refobjid AND t.relkind IN ('r', 'p')
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
   AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
 WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
   AND (:'table' = '' OR t.oid = coalesce(to_regclass(quote_ident(:'table')), to_regclass(:'table')))
 ORDER BY 2, 1
"""


@dataclass(frozen=True, slots=True)
class Counter:
    """One sequence, by the names that PostgreSQL itself has quoted, and where it and its table stand."""

    sequence: str
    table: str
    column: str
    highest: int | None = None
    last: int = 0
    is_called: bool = False
    next: int = 0

    @property
    def is_behind(self) -> bool:
        """Tell whether the next id is taken, or one after it will be."""
        return self.highest is not None and self.highest >= self.next

    def standing(self) -> str:
        """Write the statement that tells where the sequence and its table stand."""
        return f"""
            SELECT jsonb_build_array((SELECT max({self.column}) FROM {self.table}), last_value, is_called,
                   last_value + CASE WHEN is_called THEN (
                       SELECT seqincrement FROM pg_sequence WHERE seqrelid = {literal(self.sequence)}::regclass
                   ) ELSE 0 END)
              FROM {self.sequence}
        """  # noqa: S608  # names quoted by PostgreSQL

    def lock(self) -> str:
        """Write the statement that keeps writers of rows out until the end of the transaction."""
        return f"LOCK TABLE {self.table} IN SHARE ROW EXCLUSIVE MODE"

    def forward(self) -> str:
        """Write the statement that sets the sequence to the highest id, and never back."""
        return f"""
            SELECT setval({literal(self.sequence)}, greatest(last_value, (SELECT max({self.column}) FROM {self.table})))
              FROM {self.sequence}
        """  # noqa: S608  # names quoted by PostgreSQL

    def back(self) -> str:
        """Write the statement that sets the sequence to where it stood."""
        return f"select setval({literal(self.sequence)}, {self.last}, {str(self.is_called).lower()})"


def counters(sql: Sql, table: str = "") -> list[Counter]:
    """Give the counters of a database, or of one table, each with where it stands."""
    # or rows that a policy hides would not be counted, and their ids given out again
    sql.script("SET row_security = off;")
    found = []
    for each in sql.rows(FIND, table=table):
        highest, last, is_called, following = json.loads(sql.foreign(Counter(**each).standing())[0])
        found.append(Counter(**each, highest=highest, last=last, is_called=is_called, next=following))
    return found
