"""What a database holds, told so that two databases can be compared: the manifest of a backup."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from _postgres import Sql
from _step import CouldNotTell, Refused

OURS = """n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND c.relpersistence <> 't'
   AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')"""
TABLES = f"""
SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relkind AS kind
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'S') AND {OURS} ORDER BY 1
"""  # noqa: S608  # no word of it comes from outside
SHAPE = f"""
SELECT format('%I.%I %s', n.nspname, c.relname, c.relkind) AS item
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind <> 't' AND {OURS}
UNION ALL
SELECT format('%I.%I.%I %s %s', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relkind IN ('r', 'p', 'v', 'm') AND {OURS}
UNION ALL
SELECT format('%I.%I.%I %s', n.nspname, c.relname, k.conname, k.contype)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype <> 'n' WHERE {OURS}
"""  # noqa: S608  # no word of it comes from outside


# --8<-- [start:describe]
def describe(sql: Sql) -> dict[str, Any]:
    """Tell every table's rows and digest, every sequence and the schema; no order plays a part."""
    sql.script("SET row_security = off;")
    found = sql.rows(TABLES)
    tables = {each["name"]: content(sql, each["name"]) for each in found if each["kind"] == "r"}
    sequences = {
        each["name"]: json.loads(sql.foreign(f"SELECT jsonb_build_array(last_value, is_called) FROM {each['name']}")[0])  # noqa: S608  # quoted by PostgreSQL
        for each in found
        if each["kind"] == "S"
    }
    items = "\n".join(sorted(row["item"] for row in sql.rows(SHAPE)))
    return {
        "tables": tables,
        "sequences": sequences,
        "shape": hashlib.sha256(items.encode()).hexdigest(),
        "large_objects": sql.value("SELECT count(*) FROM pg_largeobject_metadata"),
    }


def content(sql: Sql, table: str) -> list[Any]:
    """Give the number of rows and a sum over their hashes."""
    [line] = sql.foreign(
        "SELECT jsonb_build_array(count(*), coalesce(sum(('x' || encode(substring(sha256(convert_to("  # noqa: S608
        "proofbook_row::text, 'UTF8')) FOR 8), 'hex'))::bit(64)::bigint::numeric), 0)::text) "
        f"FROM ONLY {table} AS proofbook_row"
    )
    found: list[Any] = json.loads(line)
    return found


# --8<-- [end:describe]


# --8<-- [start:differences]
def differences(wanted: Mapping[str, Any], found: Mapping[str, Any], *, sequences: bool = True) -> list[str]:
    """Name what is not equal, a line each."""
    says = []
    for table in sorted(wanted["tables"].keys() | found["tables"].keys()):
        one, other = wanted["tables"].get(table), found["tables"].get(table)
        if one is None or other is None:
            says.append(f"{table} is only in the {'database' if one is None else 'backup'}")
        elif one != other:
            says.append(
                f"{table} has {other[0]} rows, {one[0]} in the backup"
                + (", and their content differs" if one[0] == other[0] else "")
            )
    says += ["the schema differs"] if wanted["shape"] != found["shape"] else []
    says += ["the large objects differ"] if wanted["large_objects"] != found["large_objects"] else []
    moved = wanted["sequences"] != found["sequences"]
    return [*says, "sequences differ"] if sequences and moved and not says else says


# --8<-- [end:differences]


def locale(sql: Sql) -> dict[str, Any]:
    """Tell encoding and locale, under the names that every supported server shares."""
    row = sql.value(
        "SELECT to_jsonb(d) || jsonb_build_object('name', pg_encoding_to_char(encoding)) AS row "
        "FROM pg_database d WHERE datname = current_database()"
    )
    return {
        "encoding": row["name"],
        "collate": row["datcollate"],
        "ctype": row["datctype"],
        "provider": row.get("datlocprovider", "c"),
        "locale": row.get("datlocale") or row.get("daticulocale"),
    }


def migrations(sql: Sql) -> list[str]:
    """Name what is recorded as applied."""
    if not sql.value("SELECT to_regclass('django_migrations') IS NOT NULL AS there"):
        return []
    return [row["name"] for row in sql.rows("SELECT app || '.' || name AS name FROM django_migrations ORDER BY id")]


def manifest_of(dump: Path) -> Path:
    return dump.with_name(dump.name + ".json")


def read_manifest(dump: Path) -> dict[str, Any]:
    """Read the manifest of a backup, and refuse a file that is not what was written then."""
    if not dump.is_file():
        raise CouldNotTell(f"there is no file {dump}", "backup_database says the name of what it wrote")
    if not manifest_of(dump).is_file():
        raise Refused(f"there is no {manifest_of(dump)}", "without it nobody can tell whether the restore is whole")
    manifest: dict[str, Any] = json.loads(manifest_of(dump).read_text(encoding="utf-8"))
    if checksum(dump) != manifest["sha256"]:
        raise Refused(f"{dump} is not the file that was written: its checksum differs", "take an older backup")
    return manifest


def checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
