"""How a backup is written: the file by pg_dump, and what its manifest tells about it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import _databases
import _manifest
from _definitions import PATIENCE, large_objects
from _globals import globals_of
from _postgres import private_files
from _retention import Keeping
from _tools import amount, run_tool, tool_release

SERVER = """SELECT current_setting('server_version') AS release, pg_database_size(current_database()) AS size,
       CASE WHEN has_function_privilege('pg_control_system()', 'execute')
            THEN (SELECT system_identifier::text FROM pg_control_system()) ELSE '' END AS id"""


class Dumping(Keeping):
    """What a run that writes a backup has found."""

    snapshot: str
    before: dict[str, Any]
    stamp: str
    dump: Path


# --8<-- [start:dump]
def dump(case: Dumping, partial: Path) -> None:
    """Have pg_dump write where it can seek: it notes there where each table's rows begin, and flushes it at the end."""
    whole = amount(case.server["size"])

    def progress() -> str:
        return f"{amount(partial.stat().st_size)} written so far, of a database of {whole}"

    with private_files(case.target) as environment:
        command = ["pg_dump", "-Fc", "-w", PATIENCE, f"--snapshot={case.snapshot}", f"--file={partial}"]
        run_tool(command, environment, progress, case.options.progress)


# --8<-- [end:dump]


# --8<-- [start:tell]
def tell(case: Dumping, partial: Path) -> dict[str, Any]:
    """Tell in the manifest what the file holds; the rows are read in the snapshot in which it was written."""
    holds = _manifest.describe(case.sql)
    return {
        "database": case.name,
        "server_id": case.server["id"],
        "stamp": case.stamp,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "server": case.server["release"],
        "pg_dump": tool_release("pg_dump"),
        "bytes": partial.stat().st_size,
        "sha256": _manifest.checksum(partial),
        "database_bytes": case.server["size"],
        "locale": _manifest.locale(case.sql),
        "owner": _databases.owner_of(case.sql, case.name),
        "settings": _databases.settings(case.sql, case.name),
        "globals": globals_of(case.sql),
        **holds,
        "sequences": _manifest.spread(case.before, holds["sequences"]),
        "large_objects_sum": large_objects(case.sql),
    }


# --8<-- [end:tell]
