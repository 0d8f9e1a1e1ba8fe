"""Reads the state of a sandbox, and says what differs between two states or was lost."""

from __future__ import annotations

import hashlib
import json
import operator
import os
import stat
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from proofbook.errors import CouldNotCheck
from proofbook.lab.sandbox import Sandbox

PATIENCE = 5
SCHEMA = """
select 'column', c.table_schema || '.' || c.table_name || '.' || c.column_name,
       concat_ws(' ', c.udt_name, c.character_maximum_length, c.numeric_precision, c.numeric_scale,
                 'null=' || c.is_nullable, c.column_default, c.identity_generation, c.generation_expression)
  from information_schema.columns c where c.table_schema not in ('pg_catalog', 'information_schema')
union all
select 'constraint', n.nspname || '.' || r.relname || '.' || k.conname,
       pg_get_constraintdef(k.oid) || case when k.convalidated then '' else ' NOT VALID' end
  from pg_constraint k join pg_class r on r.oid = k.conrelid join pg_namespace n on n.oid = r.relnamespace
 where n.nspname not in ('pg_catalog', 'information_schema') and k.contype <> 'n'
union all
select 'index', n.nspname || '.' || r.relname,
       pg_get_indexdef(i.indexrelid) || case when i.indisvalid then '' else ' INVALID' end
  from pg_index i join pg_class r on r.oid = i.indexrelid join pg_namespace n on n.oid = r.relnamespace
 where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
union all
select 'relation', n.nspname || '.' || r.relname,
       concat_ws(' ', r.relkind, pg_get_userbyid(r.relowner), 'rls=' || r.relrowsecurity, 'force=' || r.relforcerowsecurity,
                 case when r.relkind in ('v', 'm') then pg_get_viewdef(r.oid) end,
                 coalesce(r.relacl, acldefault(case when r.relkind = 'S' then 's' else 'r' end::"char", r.relowner)))
  from pg_class r join pg_namespace n on n.oid = r.relnamespace
 where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and r.relkind in ('r', 'p', 'v', 'm', 'S')
union all
select 'trigger', r.relname || '.' || t.tgname, pg_get_triggerdef(t.oid)
  from pg_trigger t join pg_class r on r.oid = t.tgrelid where not t.tgisinternal
union all
select 'function', p.oid::regprocedure::text, md5(pg_get_functiondef(p.oid))
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
 where n.nspname not in ('pg_catalog', 'information_schema') and p.prokind in ('f', 'p')
   and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
union all
select 'policy', tablename || '.' || policyname, concat_ws(' ', permissive, roles, cmd, qual, with_check) from pg_policies
union all
select 'type', n.nspname || '.' || t.typname, string_agg(e.enumlabel, ' ' order by e.enumsortorder)
  from pg_enum e join pg_type t on t.oid = e.enumtypid join pg_namespace n on n.oid = t.typnamespace group by 2
union all
select 'comment', concat_ws('.', n.nspname, r.relname, a.attname), d.description
  from pg_description d join pg_class r on r.oid = d.objoid and d.classoid = 'pg_class'::regclass
  join pg_namespace n on n.oid = r.relnamespace left join pg_attribute a on a.attrelid = r.oid and a.attnum = d.objsubid and d.objsubid > 0
 where n.nspname not in ('pg_catalog', 'information_schema')
union all
select 'extension', extname, extversion from pg_extension
"""
KEYS = """
select n.nspname || '.' || r.relname, coalesce(array_agg(a.attname::text order by a.attnum) filter (where a.attname is not null), '{}')
  from pg_class r join pg_namespace n on n.oid = r.relnamespace
  left join pg_index i on i.indrelid = r.oid and i.indisprimary
  left join pg_attribute a on a.attrelid = r.oid and a.attnum = any (i.indkey)
 where r.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') group by 1
"""
SEQUENCES = """
select n.nspname || '.' || t.relname, a.attname, pg_get_serial_sequence(quote_ident(n.nspname) || '.' || quote_ident(t.relname), a.attname)
  from pg_class t join pg_namespace n on n.oid = t.relnamespace join pg_attribute a on a.attrelid = t.oid
 where t.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') and a.attnum > 0 and not a.attisdropped
   and pg_get_serial_sequence(quote_ident(n.nspname) || '.' || quote_ident(t.relname), a.attname) is not null
"""


@dataclass(frozen=True, slots=True)
class State:
    """All that a fix must keep: files, schema, rows by table and key as the text of their JSON, and sequences that lag behind."""

    files: Mapping[str, str]
    schema: Mapping[str, str]
    rows: Mapping[str, Mapping[str, str]]
    lagging_sequences: frozenset[str]


def read_state(sandbox: Sandbox, ignore_columns: Mapping[str, tuple[str, ...]]) -> State:
    """Read the state of a sandbox as its server's owner sees it.

    Raises CouldNotCheck when it cannot be read, so also when the fault keeps a table locked for good.
    """
    try:
        return _read(sandbox, ignore_columns)
    except (psycopg.Error, subprocess.CalledProcessError) as error:
        hint = "see what the fault, or a snippet, keeps locked or has dropped"
        raise CouldNotCheck(f"database {sandbox.database}", f"its state cannot be read: {error}", hint) from None


def _read(sandbox: Sandbox, ignore_columns: Mapping[str, tuple[str, ...]]) -> State:
    with sandbox.server.connect(sandbox.database) as connection, connection.transaction():
        connection.execute(f"set local lock_timeout = '{PATIENCE}s'")
        schema = {f"{kind} {name}": text or "" for kind, name, text in connection.execute(SCHEMA)}
        keys = connection.execute(KEYS).fetchall()
        rows = _rows(connection, keys, ignore_columns)
        return State(_files(sandbox.root), schema, rows, _lagging(connection))


def _rows(
    connection: psycopg.Connection, keys: list[tuple[str, list[str]]], ignore_columns: Mapping[str, tuple[str, ...]]
) -> dict[str, dict[str, str]]:
    """Read the rows of all tables at once."""
    found: dict[str, dict[str, str]] = {table.removeprefix("public."): {} for table, _key in keys}
    selects = [_select(table, key, ignore_columns.get(table.removeprefix("public."), ())) for table, key in keys]
    if not selects:
        return found
    for table, label, row in connection.execute(sql.SQL(" union all ").join(selects)):
        rows = found[table]
        while label in rows:
            label += "+"  # noqa: PLW2901
        rows[label] = row
    return found


def _select(table: str, key: list[str], ignored: tuple[str, ...]) -> sql.Composed:
    row = sql.SQL("(to_jsonb(t) - {}::text[])").format(list(ignored))
    kept = [sql.Identifier("t", name) for name in key if name not in ignored]
    label = sql.SQL("jsonb_build_array({})").format(sql.SQL(", ").join(kept)) if kept else row
    words = (sql.Literal(table.removeprefix("public.")), label, row, sql.Identifier(*table.split(".", 1)))
    return sql.SQL("select {}, {}::text, {}::text from {} t").format(*words)


def _lagging(connection: psycopg.Connection) -> frozenset[str]:
    query = sql.SQL(
        "select {} where coalesce((select max({}) from {}), 0) > (select last_value - (not is_called)::int from {})"
    )
    selects = [
        query.format(
            sql.Literal(sequence),
            sql.Identifier(column),
            sql.Identifier(*table.split(".", 1)),
            sql.Identifier(*_parts(sequence)),
        )
        for table, column, sequence in connection.execute(SEQUENCES).fetchall()
    ]
    if not selects:
        return frozenset()
    return frozenset(sequence for (sequence,) in connection.execute(sql.SQL(" union all ").join(selects)))


def _parts(name: str) -> list[str]:
    return [part.strip('"') for part in name.split(".", 1)]


def _files(root: Path) -> dict[str, str]:
    command = [
        "git",
        "-c",
        f"safe.directory={root}",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    listed = subprocess.run(
        command,
        cwd=root,
        capture_output=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
    )
    names = {name.decode() for name in listed.stdout.split(b"\0") if name} | {".env"}
    found = ((name, _digest(f"{root}/{name}")) for name in sorted(names))
    return {name: digest for name, digest in found if digest}


def _digest(file: str) -> str:
    """Tell a file by its mode and content, a link by its target; a folder, or what is not there, by nothing."""
    try:
        mode = os.lstat(file).st_mode
        if stat.S_ISLNK(mode):
            return f"link to {os.readlink(file)}"  # noqa: PTH115
        if not stat.S_ISREG(mode):
            return ""
        with open(file, "rb") as content:  # noqa: PTH123
            return f"{stat.S_IMODE(mode) & 0o777:o} {hashlib.file_digest(content, 'sha256').hexdigest()}"
    except FileNotFoundError:
        return ""


def differences(before: State, after: State) -> Iterator[str]:
    """Say, one by one, what two states do not share."""
    yield from _changed("file", before.files, after.files)
    yield from _changed("schema", before.schema, after.schema)
    for table in sorted(before.rows.keys() | after.rows.keys()):
        yield from _changed(f"row of {table}", before.rows.get(table, {}), after.rows.get(table, {}), _is_same_row)


def _is_same_row(before: str, after: str) -> bool:
    return before == after or json.loads(before) == json.loads(after)


def _changed(
    kind: str,
    before: Mapping[str, str],
    after: Mapping[str, str],
    is_same: Callable[[str, str], bool] = operator.eq,
) -> Iterator[str]:
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield f"{kind} {name}: gone"
        elif name not in before:
            yield f"{kind} {name}: new"
        elif not is_same(before[name], after[name]):
            yield f"{kind} {name}: changed"


def lost(before: State, after: State, changes: Mapping[str, list[str]]) -> Iterator[str]:
    """Say which rows of ``before`` are missing or altered in ``after``, but for the columns ``changes`` names."""
    for table, rows in sorted(before.rows.items()):
        if table not in after.rows:
            if rows:
                yield f"table {table} is gone with {len(rows)} rows"
            continue
        for key, row in rows.items():
            now = after.rows[table].get(key)
            if now is None:
                yield f"row of {table} {key} is gone"
                continue
            altered = _altered(row, now, changes.get(table, [])) if now != row else []
            if altered:
                yield f"row of {table} {key} changed in {', '.join(altered)}"
    for sequence in sorted(after.lagging_sequences - before.lagging_sequences):
        yield f"sequence {sequence} is behind the rows it numbers"


def _altered(before: str, after: str, but: list[str]) -> list[str]:
    """Name the columns both rows have in which they differ."""
    old, new = json.loads(before), json.loads(after)
    return sorted(name for name in old.keys() & new.keys() - set(but) if old[name] != new[name])
