"""What the runbooks know of a column with NULLs: its keys, and how to fill and empty it by them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from _names import literal

FIND = """
SELECT c.oid::regclass::text AS "table", quote_ident(a.attname) AS "column", a.attnotnull AS filled,
       format_type(a.atttypid, a.atttypmod) AS type,
       (SELECT coalesce(jsonb_object_agg(quote_ident(k.attname), format_type(k.atttypid, k.atttypmod)), '{}')
          FROM pg_index x JOIN pg_attribute k ON k.attrelid = x.indrelid AND k.attnum = ANY (x.indkey)
         WHERE x.indrelid = c.oid AND x.indisprimary) AS keys
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = :'column' AND a.attnum > 0
 WHERE c.oid = coalesce(to_regclass(quote_ident(:'table')), to_regclass(:'table'))
   AND c.relkind IN ('r', 'p') AND a.attgenerated = ''
"""


@dataclass(frozen=True, slots=True)
class Column:
    """One column, by the names that PostgreSQL itself has quoted."""

    table: str
    column: str
    type: str
    filled: bool
    keys: dict[str, str]

    def count(self) -> str:
        """Write the statement that counts the NULLs."""
        return f"SELECT count(*) FROM {self.table} WHERE {self.column} IS NULL"  # noqa: S608  # quoted by PostgreSQL

    # --8<-- [start:fill]
    def fill(self, value: str, limit: int, last: Sequence[str] = ()) -> str:
        """Write the statement that fills the next rows by primary key and tells [keys, value, place] of each."""
        names = {key: f"proofbook_{place}" for place, key in enumerate(self.keys)}
        keys = ", ".join(names)
        after = f" AND ({keys}) > ({', '.join(map(literal, last))})" if last else ""
        return f"""
            WITH batch AS (
                SELECT {", ".join(f"{key} AS {name}" for key, name in names.items())} FROM {self.table}
                 WHERE {self.column} IS NULL{after} ORDER BY {keys} LIMIT {limit} FOR UPDATE
            ), placed AS (
                SELECT *, row_number() OVER (ORDER BY {", ".join(names.values())}) AS proofbook_place FROM batch
            )
            UPDATE {self.table} SET {self.column} = {value} FROM placed
             WHERE {" AND ".join(f"{self.table}.{key} = {name}" for key, name in names.items())}
            RETURNING jsonb_build_array(jsonb_build_array({", ".join(f"{name}::text" for name in names.values())}),
                                        to_jsonb({self.table}.{self.column}), proofbook_place)
        """  # noqa: S608  # names quoted by PostgreSQL, values by literal

    # --8<-- [end:fill]

    # --8<-- [start:empty]
    def empty(self, lines: Iterable[str]) -> str:
        """Write the statement that sets rows to NULL again that still hold what a journal says was filled in."""
        same = " AND ".join(
            f"{self.table}.{key} = (line->0->>{place})::{kind}" for place, (key, kind) in enumerate(self.keys.items())
        )
        return f"""
            UPDATE {self.table} SET {self.column} = NULL
              FROM jsonb_array_elements({literal(f"[{','.join(lines)}]")}) AS line
             WHERE {same} AND to_jsonb({self.table}.{self.column}) = line->1 RETURNING 1
        """  # noqa: S608  # names quoted by PostgreSQL, values by literal

    # --8<-- [end:empty]
