"""What the runbooks know of a server's databases: their names, and how one takes another's place."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from _address import Target
from _names import quoted
from _postgres import Sql, connect
from _step import Failed, Refused

MAINTENANCE = "postgres"
TIME, FORM = r"\d{8}_\d{6}", "%Y%m%d_%H%M%S"
LONGEST = 63  # bytes of a name
TRIES = 5
# PostgreSQL itself ends an autovacuum worker that is in the way; it has no role, and only that may everybody see
OTHERS = "datname = :'name' AND usesysid IS NOT NULL AND pid <> pg_backend_pid()"
# these hold lists of quoted names: written as one text they would be one name
LISTS = """('search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries')"""
SETTINGS = f"""
SELECT 1 AS turn, 'REVOKE ALL ON DATABASE' AS "before", 'FROM PUBLIC' AS "after"
  FROM pg_database WHERE datname = :'name' AND datacl IS NOT NULL
UNION ALL
SELECT 2, 'GRANT ' || a.privilege_type || ' ON DATABASE',
       'TO ' || coalesce(quote_ident(r.rolname), 'PUBLIC') || repeat(' WITH GRANT OPTION', a.is_grantable::int)
  FROM pg_database d, aclexplode(d.datacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE d.datname = :'name'
UNION ALL
SELECT 3, CASE WHEN r.rolname IS NULL THEN 'ALTER DATABASE' ELSE format('ALTER ROLE %I IN DATABASE', r.rolname) END,
       format('SET %s TO ', split_part(c, '=', 1)) || CASE
           WHEN split_part(c, '=', 1) IN {LISTS} AND value NOT IN ('', '""') THEN value
           WHEN split_part(c, '=', 1) IN {LISTS} THEN quote_literal('') ELSE quote_literal(value) END
  FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole,
       unnest(s.setconfig) c, substr(c, strpos(c, '=') + 1) AS value
 WHERE d.datname = :'name'
UNION ALL
SELECT 4, 'ALTER DATABASE', 'CONNECTION LIMIT ' || datconnlimit FROM pg_database WHERE datname = :'name'
ORDER BY turn
"""  # noqa: S608  # no word of it comes from outside
# the mark of a database that is being filled: a part of CREATE, so that there is no moment without it
PASSING = 7203
LIMITED = "CONNECTION LIMIT"
DROPPED = -2  # what a killed DROP DATABASE leaves
LIMIT = "SELECT datconnlimit AS \"limit\" FROM pg_database WHERE datname = :'name'"
MAY_OWN = "SELECT FROM pg_roles WHERE rolname = :'owner' AND pg_has_role(current_user, oid, 'MEMBER')"
TRY = """CREATE OR REPLACE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN EXECUTE statement; RETURN ''; EXCEPTION WHEN others THEN RETURN sqlerrm; END $$;"""


def stamp(when: datetime | None = None) -> str:
    """Write a time as it stands in names."""
    return (when or datetime.now(UTC)).strftime(FORM)


def after(latest: Sequence[str]) -> str:
    """Write the time as a name has it, and a later one than all of these: a clock may stand still or go back."""
    newest = datetime.strptime(max(latest, default="19700101_000000"), FORM).replace(tzinfo=UTC)
    return stamp(max(datetime.now(UTC), newest + timedelta(seconds=1)))


def fitting(name: str, ending: str) -> str:
    """Shorten a name so that PostgreSQL takes it with its ending; what is cut off stays in a checksum."""
    room = LONGEST - len(ending.encode())
    if len(name.encode()) <= room:
        return name + ending
    mark = f"_{hashlib.sha256(name.encode()).hexdigest()[:6]}"
    return name.encode()[: room - len(mark)].decode(errors="ignore") + mark + ending


def elsewhere(maintenance: str) -> list[str]:
    """Give the flag that names another database to connect to, where it is not the usual one."""
    return ["--maintenance", maintenance] if maintenance != MAINTENANCE else []


def untimed(name: str) -> str:
    """Write a name without its time, as a plan cannot know it."""
    return re.sub(TIME + "$", "<time>", name)


def exists(server: Sql, name: str) -> bool:
    return bool(server.rows("SELECT FROM pg_database WHERE datname = :'name'", name=name))


def size(server: Sql, name: str) -> int:
    found: int = server.value("SELECT pg_database_size(:'name') AS size", name=name)
    return found


def drop(server: Sql, name: str, *, force: bool = True) -> None:
    """Drop a database of ours, and end what a killed run left in it."""
    server.script(f"DROP DATABASE IF EXISTS {quoted(name)}{' WITH (FORCE)' * force};")


def connected(server: Sql, name: str) -> list[str]:
    """Name the sessions that use a database; one of ours that is just ending gets a moment for it."""
    query = f"SELECT pid, application_name AS name FROM pg_stat_activity WHERE {OTHERS}"  # noqa: S608  # ours
    for _ in range(20):
        rows = server.rows(query, name=name)
        if not any(row["name"].startswith("proofbook ") for row in rows):
            break
        time.sleep(0.1)
    return [f"pid {row['pid']} {row['name']}".rstrip() for row in rows]


# --8<-- [start:create]
def create(server: Sql, name: str, locale: Mapping[str, Any], owner: str) -> list[str]:
    """Make an empty database of ours, marked as such; the schema public is its owner's from the start."""
    how, values = empty(locale)
    may = server.rows(MAY_OWN, owner=owner)
    belongs = f" OWNER {quoted(owner)}" if may else ""
    server.script(f"CREATE DATABASE {quoted(name)} {how}{belongs} CONNECTION LIMIT {PASSING};", **values)
    return [] if may else [f"not taken over: the database belonged to {owner}"]


def empty(locale: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Give how CREATE DATABASE makes an empty one with this encoding and locale, and the values it needs."""
    provider = {"i": "icu", "b": "builtin"}.get(locale["provider"])
    own = f" LOCALE_PROVIDER {provider} {provider}_LOCALE :'locale'" if provider else ""
    how = f"TEMPLATE template0 ENCODING :'encoding' LC_COLLATE :'collate' LC_CTYPE :'ctype'{own}"
    return how, {key: locale[key] or "" for key in ("encoding", "collate", "ctype", "locale")}


def sweep_passing(server: Sql, name: str, *, apply: bool) -> list[str]:
    """Drop what a killed restore left under this name, or say so; what it has not made is nobody's to drop."""
    limit = [row["limit"] for row in server.rows(LIMIT, name=name)]
    if limit and limit[0] not in {PASSING, DROPPED}:
        other = fitting(name, f"_kept_{stamp()}")
        raise Refused(
            f"there is a database {name}, and no restore of ours has made it",
            f"give it another name: ALTER DATABASE {quoted(name)} RENAME TO {quoted(other)}",
        )
    if limit and apply:
        drop(server, name)
    return [f"drop {name}, which a killed restore left"] * len(limit)


def owner_of(server: Sql, name: str) -> str:
    found: str = server.value(
        "SELECT pg_get_userbyid(datdba) AS name FROM pg_database WHERE datname = :'name'", name=name
    )
    return found


# --8<-- [end:create]


# --8<-- [start:settings]
def settings(server: Sql, name: str) -> list[list[str]]:
    """Give what is set and granted for a database itself, as what stands before and after its name in SQL."""
    return [[row["before"], row["after"]] for row in server.rows(SETTINGS, name=name)]


def set_up(server: Sql, name: str, wanted: Sequence[Sequence[str]]) -> list[str]:
    """Set and grant that for another one, but for what would take its mark; name what this role may not do."""
    server.script(TRY)
    says = []
    for before, after in (each for each in wanted if not each[1].startswith(LIMITED)):
        error = server.value("SELECT pg_temp.try(:'it') AS error", it=f"{before} {quoted(name)} {after}")
        says += [f"not taken over: {before} ... {after}: {error}"] if error else []
    return says


def unmark(name: str, wanted: Sequence[Sequence[str]]) -> str:
    """Write what takes the mark off and sets the limit that is wanted."""
    limit = next((after for _, after in wanted if after.startswith(LIMITED)), f"{LIMITED} -1")
    return f"ALTER DATABASE {quoted(name)} {limit};"


# --8<-- [end:settings]


# --8<-- [start:rename_all]
def rename_all(
    target: Target, renames: Sequence[tuple[str, str]], *, end_connections: bool = False, first: Sequence[str] = ()
) -> None:
    """Rename in one transaction; somebody may connect again in between, so try a few times."""
    statements = [*first] + [f"ALTER DATABASE {quoted(old)} RENAME TO {quoted(new)};" for old, new in renames]
    end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {OTHERS};"  # noqa: S608  # ours
    for attempt in range(TRIES):
        with connect(target, "rename") as server:
            try:
                for old, _ in renames if end_connections else ():
                    server.script(end, name=old)
                server.script(f"BEGIN; {' '.join(statements)} COMMIT;")
            except Failed:
                if attempt == TRIES - 1:
                    raise
            else:
                return


# --8<-- [end:rename_all]


def set_aside(server: Sql, name: str, kind: str) -> list[str]:
    """Name the databases that were put aside, the oldest first."""
    start = fitting(name, f"_{kind}_{'0' * 15}")[:-15]
    names = [row["name"] for row in server.rows("SELECT datname::text AS name FROM pg_database")]
    return sorted((each for each in names if re.fullmatch(re.escape(start) + TIME, each)), key=lambda each: each[-15:])


def next_aside(server: Sql, name: str, kind: str) -> str:
    """Name the next one that is put aside: no two have one time, as the newest is told by it."""
    there = [*set_aside(server, name, "before"), *set_aside(server, name, "undone")]
    return fitting(name, f"_{kind}_{after([each[-15:] for each in there])}")


def newest_aside(server: Sql, name: str) -> str | None:
    """Name the newest database that was put aside, unless it has been taken back since."""
    before, undone = (set_aside(server, name, kind)[-1:] for kind in ("before", "undone"))
    return before[0] if before and (not undone or before[0][-15:] > undone[0][-15:]) else None
