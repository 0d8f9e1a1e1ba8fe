"""What comes before a deployment changes anything: checks, a backup that has been restored once, a rehearsal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from _as_before import fingerprint
from _deploying import Deploying, ask_website
from _dump import SERVER
from _labels import newest_labels
from _leftovers import invalid
from _lost import columns_of
from _nested import must_hold, must_pass
from _rehearsed import rehearse_both_ways
from _retention import newest
from _step import Refused

REHEARSAL = ("rehearsal", "lock-hazards")


class Deploy(Deploying):
    """What this run has found."""

    pending: list[str]
    nodes: dict[str, Any]
    is_needed: bool
    worked: bool = False

    @property
    def before_this(self) -> str:
        """Give the name of the release in use: the journal's, or what the reader says."""
        return self.previous or self.options.previous


# --8<-- [start:checks]
def check_environment(case: Deploy) -> list[str]:
    """Judge the environment this release will run in."""
    if case.is_needed and case.options.environment:
        must_hold(case, "validate_environment", "--environment", case.options.environment)
        return ["holds"]
    return ["left out: no --environment is named"]


def check_migrations(case: Deploy) -> list[str]:
    """Judge what can be judged of the migrations without running them."""
    if case.is_needed:
        since = ["--since", case.options.since] if case.options.since else []
        left = ["--skip", *case.options.skip, *REHEARSAL, *([] if since else ["untouched"])]
        must_hold(case, "validate_migrations", *since, *left)
    return ["holds"]


def check_website(case: Deploy) -> list[str]:
    """Look whether the release in use works: if not, its answers cannot tell anything about the new schema."""
    if not case.is_needed or not case.options.url:
        return ["left out: no --url is named"]
    case.worked = ask_website(case, "--skip", "migrations", "--wait", "0") == 0
    return ["it works" if case.worked else "it does not, or cannot be checked; the deployment goes on"]


# --8<-- [end:checks]


# --8<-- [start:backup]
def say_backup(case: Deploy) -> list[str]:
    now = case.open_one
    done = now and now.fact("backup") and Path(now.fact("backup")).exists()
    if now and now.has("migrates") and not done:
        raise Refused(
            f"{now.fact('backup')} is gone, and nothing else brings back what was before", "put it back there"
        )
    return [f"back up into {case.options.into}, and verify it"] * (case.is_needed and not done)


def back_up(case: Deploy) -> Iterator[str]:
    """Note the state before, and have it in a file that has been restored once."""
    before = [name for name, node in case.nodes.items() if node["applied"]]
    facts = {"before": before, "columns": columns_of(case.sql), "labels": newest_labels(case.sql)}
    facts |= {"definitions": fingerprint(case.sql), "invalid": invalid(case.sql)}
    event = "begins again" if case.open_one else "began"  # a killed run has changed nothing before its backup
    case.note(event, release=case.release, previous=case.before_this, worked=case.worked, **facts)
    must_pass(case, "backup_database", "--into", case.options.into, "--apply")
    [server] = case.sql.rows(SERVER)
    dump = newest(Path(case.options.into), case.name, server["id"])
    must_pass(case, "verify_backup", "--from", str(dump))
    case.note("backed up", backup=str(dump.absolute()))
    yield f"{dump} holds what was before"


# --8<-- [end:backup]


# --8<-- [start:rehearse]
def say_rehearsal(case: Deploy) -> list[str]:
    done = case.open_one and case.open_one.fact("way")
    return ["restore the backup beside, migrate it, take that back, compare"] * (bool(case.pending) and not done)


def rehearse(case: Deploy) -> Iterator[str]:
    """Migrate a copy and go back on it: that decides how the way back would be."""
    dump = Path(case.found[-1].fact("backup"))
    must_hold(
        case, "validate_migrations", "--only", *REHEARSAL, "--copy-of", str(dump), "--small", str(case.options.small)
    )
    way, made, says = rehearse_both_ways(case, dump, case.found[-1].fact("before"), case.pending)
    yield from says
    case.note("rehearsed", way=way, made=made)
    exact = "reversing brings back every table and row" if way == "reverse" else "only the backup brings back all"
    yield f"on a failure: {way}, as {exact}"


# --8<-- [end:rehearse]
