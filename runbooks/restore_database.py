#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Restore a backup into a new database, compare it with its manifest, and switch to it by rename.

The database in use is never written to. It keeps its rows under a name ending in _before_<time>, and
the undo is to rename it back.
"""

from __future__ import annotations

import os
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import _manifest
from _postgres import connect, private_files, run_tool
from _step import CouldNotTell, Failed, Refused, Step, perform
from _target import connect_for, find_server, only_run

TIME, TIME_LENGTH = r"\d{8}_\d{6}", 15
COPY_SETTINGS = """
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', :'new') FROM pg_database
 WHERE datname = :'old' AND datacl IS NOT NULL
UNION ALL
SELECT format('ALTER DATABASE %I SET %s TO %L', :'new', split_part(c, '=', 1), substr(c, strpos(c, '=') + 1))
  FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) c
 WHERE s.setrole = 0 AND d.datname = :'old'
UNION ALL
SELECT format('GRANT %s ON DATABASE %I TO %s', a.privilege_type, :'new', coalesce(quote_ident(r.rolname), 'PUBLIC'))
  FROM pg_database d, aclexplode(d.datacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE d.datname = :'old'
UNION ALL
SELECT format('ALTER DATABASE %I CONNECTION LIMIT %s', :'new', datconnlimit) FROM pg_database WHERE datname = :'old' \\gexec
"""


# --8<-- [start:open_backup]
def open_backup(case: Any) -> list[str]:
    """Find the server, and read the backup in full."""
    says = find_server(case)
    case.name = case.target.value("dbname")
    case.server_sql = connect_for(case, case.target.on(case.options.maintenance))
    if not case.options.source:
        raise CouldNotTell("no backup is named", "say which one: --from FILE")
    case.dump = Path(case.options.source)
    case.manifest = _manifest.read_manifest(case.dump)
    run_tool(["pg_restore", "-f", os.devnull, str(case.dump)], os.environ)
    rows = sum(count for count, _ in case.manifest["tables"].values())
    return [*says, f"backup of {case.manifest['database']}, made {case.manifest['made']}: {rows} rows, read in full"]


# --8<-- [end:open_backup]


# --8<-- [start:compare]
def compare(case: Any) -> list[str]:
    """Compare the database in use, and what an earlier run restored, with the backup."""
    made = datetime.fromisoformat(case.manifest["made"])
    case.new = _manifest.fitting(case.name, f"_restored_{_manifest.stamp(made)}")
    case.ready = exists(case, case.new) and not differences(case, case.new)
    if not exists(case, case.name):
        case.same = False
        return [f"there is no database {case.name}"]
    says = differences(case, case.name)
    case.same = not says
    return says or [f"{case.name} holds exactly what the backup holds"]


def exists(case: Any, name: str) -> bool:
    return case.server_sql.value("SELECT EXISTS (SELECT FROM pg_database WHERE datname = :'name') AS there", name=name)


def differences(case: Any, name: str) -> list[str]:
    with connect(case.target.on(name), "restore_database") as sql:
        return _manifest.differences(case.manifest, _manifest.describe(sql), sequences=False)


# --8<-- [end:compare]


def say_restore(case: Any) -> list[str]:
    return [] if case.same or case.ready else [f"restore {case.dump} into the new database {case.new}"]


def undo_restore(case: Any) -> list[str]:
    return [f"dropdb {case.new}"]


# --8<-- [start:restore]
def restore(case: Any) -> list[str]:
    """Restore under a passing name, stop at the first error, compare, and only then name it."""
    only_run(case.server_sql, f"restore of {case.name}")
    passing = _manifest.fitting(case.name, "_restoring")
    drop = f"DROP DATABASE IF EXISTS {quoted(passing)};"
    case.server_sql.script(drop)
    create(case, passing)
    try:
        fill(case, passing)
    except BaseException:
        case.server_sql.script(drop)
        raise
    case.server_sql.script(f"DROP DATABASE IF EXISTS {quoted(case.new)};")
    case.server_sql.script(f"ALTER DATABASE {quoted(passing)} RENAME TO {quoted(case.new)};")
    return ["restored, and equal to the manifest in every table"]


def create(case: Any, passing: str) -> None:
    """Make an empty database with the encoding and locale of the backup and the settings of the one in use."""
    locale, provider = case.manifest["locale"], {"i": "icu", "b": "builtin"}.get(case.manifest["locale"]["provider"])
    case.server_sql.script(
        "CREATE DATABASE :\"new\" TEMPLATE template0 ENCODING :'encoding' LC_COLLATE :'collate' LC_CTYPE :'ctype'"
        + (f" LOCALE_PROVIDER {provider} {provider}_LOCALE :'locale'" if provider else "")
        + ";",
        new=passing,
        encoding=locale["encoding"],
        collate=locale["collate"],
        ctype=locale["ctype"],
        locale=locale["locale"] or "",
    )
    case.server_sql.script(COPY_SETTINGS, new=passing, old=case.name)


def fill(case: Any, passing: str) -> None:
    """Restore into it and compare what it holds with what was backed up."""
    owners = ["--no-owner", "--no-acl"] if case.options.no_owner else []
    with private_files(case.target.on(passing)) as environment:
        run_tool(
            ["pg_restore", "-w", "--exit-on-error", *owners, "-d", "service=proofbook", str(case.dump)], environment
        )
    with connect(case.target.on(passing), "restore_database") as sql:
        sql.script("ANALYZE;")
        if says := _manifest.differences(case.manifest, _manifest.describe(sql)):
            raise Failed(f"what was restored is not what was backed up: {'; '.join(says)}", "take an older backup")


# --8<-- [end:restore]


# --8<-- [start:say_switch]
def say_switch(case: Any) -> list[str]:
    """Say which names change; refuse while others are connected."""
    if case.same or not case.options.switch:
        return []
    case.renames = [(case.new, case.name)]
    if exists(case, case.name):
        case.renames.insert(0, (case.name, _manifest.fitting(case.name, f"_before_{_manifest.stamp()}")))
    return say_renames(case)


def say_renames(case: Any) -> list[str]:
    others = case.server_sql.rows(
        "SELECT pid, application_name AS name FROM pg_stat_activity WHERE datname = :'name'", name=case.name
    )
    if others and not case.options.end_connections:
        named = ", ".join(f"pid {each['pid']} {each['name']}".rstrip() for each in others)
        raise Refused(f"connected to {case.name}: {named}", "stop the application, or add --end-connections")
    ends = [f"end {len(others)} connections"] if others else []
    return [*ends, *(f"rename {old} to {re.sub(TIME, '<time>', new)}" for old, new in case.renames)]


# --8<-- [end:say_switch]


def undo_switch(case: Any) -> list[str]:
    ending = ["--end-connections"] if case.options.end_connections else []
    return [case.command("--undo", *ending, "--apply")]


# --8<-- [start:switch]
def switch(case: Any) -> list[str]:
    """Rename in one transaction; somebody may connect again in between, so try a few times."""
    for attempt in range(5):
        for old, _ in case.renames:
            case.server_sql.script(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :'name';", name=old
            )
        with connect(case.target.on(case.options.maintenance), "restore_database") as sql:
            try:
                sql.script(
                    "BEGIN;"
                    + "".join(f"ALTER DATABASE {quoted(old)} RENAME TO {quoted(new)};" for old, new in case.renames)
                    + "COMMIT;"
                )
            except Failed:
                if attempt == 4:  # noqa: PLR2004  # the last try
                    raise
                continue
        return [f"{old} is now {new}" for old, new in case.renames]
    return []


# --8<-- [end:switch]


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# --8<-- [start:find_previous]
def find_previous(case: Any) -> list[str]:
    """Find the newest database that was put aside, unless it has been taken back already."""
    says = find_server(case)
    case.name = case.target.value("dbname")
    case.server_sql = connect_for(case, case.target.on(case.options.maintenance))
    names = [row["name"] for row in case.server_sql.rows("SELECT datname::text AS name FROM pg_database ORDER BY 1")]
    newest = {
        kind: max((name for name in names if re.fullmatch(aside(case.name, kind), name)), default="")
        for kind in ("before", "undone")
    }
    later = newest["undone"][-TIME_LENGTH:] > newest["before"][-TIME_LENGTH:]
    case.previous = None if later else newest["before"] or None
    return [*says, f"put aside: {case.previous}" if case.previous else "no database has been put aside"]


def aside(name: str, kind: str) -> str:
    start = _manifest.fitting(name, f"_{kind}_{'0' * TIME_LENGTH}")[:-TIME_LENGTH]
    return re.escape(start) + TIME


# --8<-- [end:find_previous]


def say_back(case: Any) -> list[str]:
    if not case.previous:
        return []
    case.renames = [
        (case.name, _manifest.fitting(case.name, f"_undone_{_manifest.stamp()}")),
        (case.previous, case.name),
    ]
    return say_renames(case)


def undo_back(_: Any) -> list[str]:
    return ["run the restore again with --switch"]


# --8<-- [start:steps]
STEPS = [
    Step("Read the backup", open_backup),
    Step("Compare it with the database in use", compare),
    Step("Restore it into a new database", say_restore, restore, undo_restore),
    Step("Switch to it", say_switch, switch, undo_switch),
]

UNDO_STEPS = [
    Step("Find the database that was put aside", find_previous),
    Step("Switch back to it", say_back, switch, undo_back),
]
# --8<-- [end:steps]


def add_options(parser: Any) -> None:
    parser.add_argument("--from", dest="source", metavar="FILE", help="the backup, its manifest beside it")
    parser.add_argument("--switch", action="store_true", help="rename it into place; the one in use is kept")
    parser.add_argument("--end-connections", action="store_true", help="end what is connected, to switch")
    parser.add_argument("--no-owner", action="store_true", help="give everything to the role that restores")
    parser.add_argument("--maintenance", metavar="NAME", default="postgres", help="another database to connect to")
    parser.add_argument("--undo", action="store_true", help="rename the database that was put aside back")


def main(argv: list[str] | None = None) -> int:
    """Run this runbook."""
    undo = "--undo" in (sys.argv[1:] if argv is None else argv)
    return perform(__file__, __doc__, UNDO_STEPS if undo else STEPS, argv, add_options)


if __name__ == "__main__":
    raise SystemExit(main())
