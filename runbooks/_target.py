"""Which database and which project a runbook works on; the two must not disagree."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from _address import Target, from_settings, parse_url
from _case import Case
from _django_probe import Project, open_project
from _postgres import Sql, connect
from _step import CouldNotTell, Failed, Refused

PATIENCE, PAUSE = 20, 0.1


def open_place(case: Case) -> list[str]:
    """Open the project and its database, for a runbook that needs both."""
    return [*open_target(case, start_project(case).ask("settings")), *open_sql(case)]


def open_server(case: Case) -> list[str]:
    """Open the database, for a runbook that must work when the project is broken."""
    return [*find_server(case), *open_sql(case)]


def find_server(case: Case) -> list[str]:
    """Choose the database without opening it: it may be gone."""
    settings, notes = None, []
    if Path(case.options.project, "manage.py").exists():
        try:
            settings = start_project(case).ask("settings")
        except (CouldNotTell, Failed) as error:
            notes = [f"the project's settings could not be asked: {error.fact}"]
    if settings is None and "DATABASE_URL" not in os.environ:
        where = notes[0] if notes else f"there is no manage.py in {case.options.project}"
        raise CouldNotTell(f"no DATABASE_URL, and {where}", "set it, or name the project's folder with --project")
    return [*open_target(case, settings), *notes]


def start_project(case: Case) -> Project:
    options = case.options
    if url := os.environ.get("DATABASE_URL"):
        hide_url(case, url)
    project = case.stack.enter_context(open_project(options.project, options.python, options.database))
    project.ask("settings")
    case.project = project
    return project


def hide_url(case: Case, url: str) -> None:
    """Keep an address secret, also one that PostgreSQL cannot read: the project may have another database."""
    case.hide(url, url.rpartition("@")[0].partition("://")[2].partition(":")[2])
    with suppress(CouldNotTell):
        read_url(case, url)


def read_url(case: Case, url: str) -> Target:
    case.hide(url)
    target = parse_url(url)
    case.hide(target.password)
    return target


# --8<-- [start:open_target]
def open_target(case: Case, settings: Mapping[str, object] | None) -> list[str]:
    """Choose the database: DATABASE_URL and the project's settings must mean the same one."""
    url = os.environ.get("DATABASE_URL")
    named = read_url(case, url) if url else None
    if settings:
        case.hide(str(settings.get("PASSWORD") or ""))
    asked = from_settings(settings) if settings else None
    if named and asked and named.identity() != asked.identity():
        raise Refused(
            f"DATABASE_URL means {named}, the project's settings mean {asked}",
            "unset DATABASE_URL, or set DJANGO_SETTINGS_MODULE and --database to fit it",
        )
    target = named or asked
    if target is None:
        raise CouldNotTell("neither DATABASE_URL nor the project names a database", "set DATABASE_URL")
    case.target = target
    ignored = [f"ignored in DATABASE_URL: {', '.join(case.target.ignored)}"] if case.target.ignored else []
    return [str(case.target), *ignored]


# --8<-- [end:open_target]


def open_sql(case: Case) -> list[str]:
    case.sql = connect_for(case, case.target)
    case.version = case.sql.value("SELECT current_setting('server_version_num')::int / 10000 AS major")
    return [f"PostgreSQL {case.version}"]


def connect_for(case: Case, target: Target) -> Sql:
    """Open a connection that lasts as long as the run."""
    return case.stack.enter_context(connect(target, Path(case.file).stem))


def only_run(sql: Sql, what: str) -> None:
    """Hold a lock of the server until this run ends; one that was killed gets a moment to let go of it."""
    for _ in range(PATIENCE):
        if sql.value("SELECT pg_try_advisory_lock(hashtextextended(:'what', 7201)) AS held", what=what):
            return
        time.sleep(PAUSE)
    raise Refused(f"another run is at work: {what}", "wait for it to end, then run again")
