"""What a database holds, told so that two databases can be compared: the manifest of a backup."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from _digest import summed
from _folder import flush_folder
from _outline import IN_CLASS, NAMED, OURS, differing, kinds, outline
from _postgres import Sql
from _step import CouldNotTell, Refused

FORMAT, WITHOUT_SEAL = 3, 2
TABLES = f"SELECT {NAMED} AS name, c.relkind AS kind {IN_CLASS} WHERE c.relkind IN ('r', 'S') AND {OURS} ORDER BY 1"
LOCK = f"""SELECT 'LOCK TABLE ' || string_agg({NAMED}, ', ') || ' IN ACCESS SHARE MODE' AS statement, count(*)
  {IN_CLASS} WHERE c.relkind = 'r' AND {OURS}"""  # no word of it comes from outside


# --8<-- [start:describe]
def describe(sql: Sql) -> dict[str, Any]:
    """Tell every table's rows and digest, every sequence and the schema; no order plays a part."""
    steady(sql)
    tables = [each["name"] for each in sql.rows(TABLES) if each["kind"] == "r"]
    return {**outline(sql), "tables": {name: content(sql, name) for name in tables}, "sequences": sequences(sql)}


def steady(sql: Sql) -> None:
    """Have names written in full, and no policy hide a row: PostgreSQL raises an error instead."""
    sql.script("SET row_security = off; SET search_path = '';")


def content(sql: Sql, table: str) -> list[Any]:
    """Give the number of rows and a sum over their hashes."""
    counted = f"jsonb_build_array(count(*), {summed('proofbook_row::text')})"
    [line] = sql.foreign(f"SELECT {counted} FROM ONLY {table} AS proofbook_row")  # noqa: S608  # quoted by PostgreSQL
    found: list[Any] = json.loads(line)
    return found


def sequences(sql: Sql) -> dict[str, list[Any]]:
    """Give where each sequence stands, the lowest and the highest: in one database both are the same."""
    found = {}
    for name in (each["name"] for each in sql.rows(TABLES) if each["kind"] == "S"):
        [line] = sql.foreign(f"SELECT last_value || ' ' || is_called::int FROM {name}")  # noqa: S608  # quoted by PostgreSQL
        value = [int(part) for part in line.split()]
        found[name] = [value, value]
    return found


# --8<-- [end:describe]


def spread(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Give what lies between two looks: sequences move on while a dump is written, in whatever snapshot."""
    return {
        name: [min(each[0] for each in pair), max(each[1] for each in pair)]
        for name in one.keys() & other.keys()
        for pair in [(one[name], other[name])]
    }


# --8<-- [start:differences]
def differences(
    wanted: Mapping[str, Any], found: Mapping[str, Any], *, sequences: bool = True, owners: bool = True
) -> list[str]:
    """Name what is not equal, a line each."""
    says = of_tables(wanted, found)
    for kind in kinds(wanted, found):
        says += differing(kind, wanted, found) if owners or kind != "owner" else []
    says += ["the large objects differ"] if wanted["large_objects"] != found["large_objects"] else []
    says += of_migrations(wanted, found) if not says else []
    return says + of_sequences(wanted, found) if sequences and not says else says


def of_tables(wanted: Mapping[str, Any], found: Mapping[str, Any], *, digests: bool = True) -> list[str]:
    says = []
    for table in sorted(wanted["tables"].keys() | found["tables"].keys()):
        one, other = wanted["tables"].get(table), found["tables"].get(table)
        if one is None or other is None:
            says.append(f"{table} is only in the {'database' if one is None else 'backup'}")
        elif one[0] != other[0]:
            says.append(f"{table} has {other[0]} rows, {one[0]} in the backup")
        elif digests and one != other:
            says.append(f"{table} has {other[0]} rows, {one[0]} in the backup, and their content differs")
    return says


def of_sequences(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    says = []
    for name, (low, high) in wanted["sequences"].items():
        value = found["sequences"].get(name, [None])[0]
        if value is None or not low <= value <= high:
            says.append(f"sequence {name} stands at {value and value[0]}, at {high[0]} in the backup")
    return says


def of_migrations(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    if wanted["migrations"] == found["migrations"]:
        return []
    both = [
        {f"{table}: {name}" for table, names in each["migrations"].items() for name in names}
        for each in (wanted, found)
    ]
    says = [
        f"{name} is applied only in the {place}"
        for place, names in (("backup", both[0] - both[1]), ("database", both[1] - both[0]))
        for name in sorted(names)
    ]
    return says or ["the migrations were applied in another order"]


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


def manifest_of(dump: Path) -> Path:
    return dump.with_name(dump.name + ".json")


# --8<-- [start:write_manifest]
def write_manifest(dump: Path, manifest: Mapping[str, Any]) -> None:
    """Write it whole or not at all, open to its owner only from the first byte."""
    path = manifest_of(dump)
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    opened = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(opened, "w", encoding="utf-8") as file:
            json.dump({**manifest, "format": FORMAT, "seal": seal(manifest)}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


# --8<-- [end:write_manifest]


def seal(manifest: Mapping[str, Any]) -> str:
    """Give the checksum of what a manifest tells; its format is told by there being one."""
    told = {key: value for key, value in manifest.items() if key not in {"seal", "format"}}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


# --8<-- [start:read_manifest]
def read_manifest(dump: Path) -> dict[str, Any]:
    """Read the manifest of a backup, and refuse a file that is not what was written then."""
    if not dump.is_file():
        raise CouldNotTell(f"there is no file {dump}", "backup_database says the name of what it wrote")
    if not manifest_of(dump).is_file():
        raise Refused(f"there is no {manifest_of(dump)}", "without it nobody can tell whether the restore is whole")
    manifest = load(manifest_of(dump))
    if manifest is None:
        raise Refused(f"{manifest_of(dump)} is damaged, or of another version", "take another backup")
    if dump.stat().st_size != manifest["bytes"] or checksum(dump) != manifest["sha256"]:
        raise Refused(f"{dump} is not the file that was written: its checksum differs", "take an older backup")
    return manifest


# --8<-- [end:read_manifest]


def load(path: Path) -> dict[str, Any] | None:
    """Read a manifest of ours; a file that is none, or not what was written, gives nothing."""
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(manifest, dict) or manifest.get("format") not in {FORMAT, WITHOUT_SEAL}:
        return None
    sealed = "seal" in manifest or manifest["format"] == FORMAT
    return None if sealed and manifest.get("seal") != seal(manifest) else manifest


def checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --8<-- [start:hold_snapshot]
def hold_snapshot(sql: Sql) -> tuple[str, int]:
    """Begin a transaction whose snapshot others can share, and give its name and the number of tables.

    Rows may change meanwhile. Tables may not be emptied, rewritten or dropped, which no snapshot hides; they are
    locked before the snapshot is taken, so the statement that does it is made before the transaction begins.
    """
    [found] = sql.rows(LOCK)
    sql.script(f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {found['statement'] or ''};")
    return sql.value("SELECT pg_export_snapshot() AS name"), found["count"]


# --8<-- [end:hold_snapshot]
