"""What the runbooks know of a server's databases: their names, and how one takes another's place."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from _address import Target
from _names import quoted
from _postgres import Sql, connect
from _step import Failed

TIME = r"\d{8}_\d{6}"
TRIES = 5
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
SELECT format('ALTER DATABASE %I CONNECTION LIMIT %s', :'new', datconnlimit) FROM pg_database
 WHERE datname = :'old' \\gexec
"""


def stamp(when: datetime | None = None) -> str:
    """Write a time as it stands in names."""
    return (when or datetime.now(UTC)).strftime("%Y%m%d_%H%M%S")


def fitting(name: str, ending: str) -> str:
    """Shorten a name so that PostgreSQL takes it with its ending."""
    return name.encode()[: 63 - len(ending.encode())].decode(errors="ignore") + ending


def untimed(name: str) -> str:
    """Write a name without its time, as a plan cannot know it."""
    return re.sub(TIME + "$", "<time>", name)


def exists(server: Sql, name: str) -> bool:
    return bool(server.rows("SELECT FROM pg_database WHERE datname = :'name'", name=name))


def drop(server: Sql, name: str) -> None:
    server.script(f"DROP DATABASE IF EXISTS {quoted(name)};")


def connected(server: Sql, name: str) -> list[str]:
    """Name the sessions that use a database; one of ours that is just ending gets a moment for it."""
    query = "SELECT pid, application_name AS name FROM pg_stat_activity WHERE datname = :'name'"
    for _ in range(20):
        rows = server.rows(query, name=name)
        if not any(row["name"].startswith("proofbook ") for row in rows):
            break
        time.sleep(0.1)
    return [f"pid {row['pid']} {row['name']}".rstrip() for row in rows]


# --8<-- [start:create]
def create(server: Sql, name: str, locale: Mapping[str, Any], like: str) -> None:
    """Make an empty database with the given locale, and with the settings and rights of another one."""
    provider = {"i": "icu", "b": "builtin"}.get(locale["provider"])
    own = f" LOCALE_PROVIDER {provider} {provider}_LOCALE :'locale'" if provider else ""
    server.script(
        f"CREATE DATABASE :\"new\" TEMPLATE template0 ENCODING :'encoding' "
        f"LC_COLLATE :'collate' LC_CTYPE :'ctype'{own};",
        **{"new": name} | {key: locale[key] or "" for key in ("encoding", "collate", "ctype", "locale")},
    )
    server.script(COPY_SETTINGS, new=name, old=like)


# --8<-- [end:create]


# --8<-- [start:rename_all]
def rename_all(target: Target, renames: Sequence[tuple[str, str]], *, end_connections: bool = False) -> None:
    """Rename in one transaction; somebody may connect again in between, so try a few times."""
    statements = [f"ALTER DATABASE {quoted(old)} RENAME TO {quoted(new)};" for old, new in renames]
    for attempt in range(TRIES):
        with connect(target, "rename") as server:
            for old, _ in renames if end_connections else ():
                server.script("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :'old';", old=old)
            try:
                server.script(f"BEGIN; {' '.join(statements)} COMMIT;")
            except Failed:
                if attempt == TRIES - 1:
                    raise
            else:
                return


# --8<-- [end:rename_all]


def newest_aside(server: Sql, name: str) -> str | None:
    """Name the newest database that was put aside, unless it has been taken back since."""
    names = [row["name"] for row in server.rows("SELECT datname::text AS name FROM pg_database")]
    times = {}
    for kind in ("before", "undone"):
        start = fitting(name, f"_{kind}_{'0' * 15}")[:-15]
        times[kind] = max((each for each in names if re.fullmatch(re.escape(start) + TIME, each)), default="")
    return times["before"] if times["before"][-15:] > times["undone"][-15:] else None
