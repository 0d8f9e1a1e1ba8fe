"""How a backup is read, put into a new database, and compared with what it holds there."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import _manifest
from _address import Target
from _postgres import Sql, connect, private_files
from _step import CouldNotTell
from _tools import amount, run_tool, tool_release, tool_version


# --8<-- [start:read_backup]
def read_backup(dump: Path) -> dict[str, Any]:
    """Read a backup in full, and give its manifest; pg_restore --list would read its first pages only."""
    manifest = _manifest.read_manifest(dump)
    if tool_version("pg_restore") < int(manifest["pg_dump"].split(".")[0]):
        # of the backup nothing can be said
        raise CouldNotTell(
            f"pg_restore {tool_release('pg_restore')} is older than the pg_dump {manifest['pg_dump']} of the backup",
            f"BAK103: put the programs of PostgreSQL {manifest['pg_dump'].split('.')[0]} first on PATH",
        )
    read_in_full(dump)
    return manifest


def read_in_full(dump: Path) -> None:
    run_tool(["pg_restore", "-f", os.devnull, str(dump)], os.environ)


# --8<-- [end:read_backup]


# --8<-- [start:fill]
def fill(
    dump: Path, into: Target, *, no_owner: bool, progress: Callable[[], str] | None = None, pause: float = 0
) -> None:
    """Restore into an empty database; the first error ends it."""
    owners = ["--no-owner", "--no-acl"] if no_owner else []
    command = ["pg_restore", "-w", "--exit-on-error", *owners, "-d", "service=proofbook", str(dump)]
    with private_files(into) as environment:
        run_tool(command, environment, progress, pause)


# --8<-- [end:fill]


def growth(server: Sql, name: str, manifest: Mapping[str, Any]) -> Callable[[], str]:
    """Give what tells how far a restore is: the database without its indexes is about what it was."""
    whole = amount(manifest["database_bytes"])

    def tell() -> str:
        size = server.value("SELECT pg_database_size(:'name') AS size", name=name)
        return f"restored {amount(size)} so far, {whole} when it was backed up"

    return tell


def describe(place: Target, name: str) -> dict[str, Any]:
    """Tell what a database holds."""
    with connect(place, name) as sql:
        return _manifest.describe(sql)


def analyze(place: Target, name: str) -> None:
    """Have the planner know the rows: a restore does not bring what it knew before."""
    with connect(place, name) as sql:
        sql.script("ANALYZE;")


def lend_public(place: Target, owner: str) -> None:
    """Let the owner of the database that was backed up own things in another one's schema public."""
    with connect(place, "verify_backup") as sql:
        if sql.rows("SELECT FROM pg_roles WHERE rolname = :'owner'", owner=owner):
            sql.script('GRANT ALL ON SCHEMA public TO :"owner";', owner=owner)
