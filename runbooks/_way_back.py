"""The way back from a deployment: the code, then schema and data, then the question whether the site works."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import _databases
from _address import Target
from _as_before import compared, redefined
from _back import Back
from _deploying import Deploying, must_be_healthy, open_again, run_switch, way_back
from _labels import drop_labels
from _leftovers import invalid
from _lost import lost_by_restoring
from _nested import must_pass
from _postgres import connect
from _step import Failed

ENDING = """
SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
 WHERE l.locktype = 'advisory' AND l.classid = 0 AND l.objid = 7201001
   AND l.pid <> pg_backend_pid() AND a.datname = current_database()
"""


NO_BACKUP = "the journal names no backup of what was before, so schema and data cannot go back"


# --8<-- [start:go_back]
def go_back(case: Deploying, back: Back, why: str) -> Iterator[str]:
    """Go back, and be stopped by nothing but a kill; what cannot be undone is told in full."""
    with not_ended():
        case.note("goes back", why=why, undoes=back.numbers)
        yield f"GOING BACK to {back.previous or 'the state before'}: {why}"
        done: list[str] = []
        try:
            yield from step_by_step(case, back, done)
        except (Exception, KeyboardInterrupt) as error:
            fact = error.fact if isinstance(error, Failed) else f"{type(error).__name__}: {error}"
            yield from state(case, back, done)
            raise Failed(f"IT COULD NOT GO BACK: {fact}", f"mend that, then: {way_back(case)}") from error
        case.note("went back", undoes=back.numbers)
        yield f"back: {', '.join(done) or 'nothing had been changed'}"


def step_by_step(case: Deploying, back: Back, done: list[str]) -> Iterator[str]:
    """Put the old code back first: it can live with the new schema, the new code not with the old one."""
    open_again(case)
    case.sql.script(ENDING)
    if back.switched():
        yield from run_switch(case, case.options.switch_back, back.previous, back.newest.release)
        done.append("the code was switched back")
    yield from take_schema_back(case, back, done)
    if back.switched() and case.options.url:
        must_be_healthy(case)
        done.append("the website works")


# --8<-- [end:go_back]


@contextmanager
def not_ended() -> Iterator[None]:
    """Ignore requests to end: half a way back is worse than a slow one."""
    kept = {sign: signal.signal(sign, signal.SIG_IGN) for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        yield
    finally:
        for sign, was in kept.items():
            signal.signal(sign, was)


def restoring(case: Deploying, backup: Path) -> str:
    return case.command("--from", str(backup), "--switch", "--anew", "--apply", runbook="restore_database")


def state(case: Deploying, back: Back, done: Sequence[str]) -> Iterator[str]:
    """Say in what state things are when the way back is closed."""
    yield "STATE: " + (", ".join(done) if done else "nothing has been taken back yet")
    if back.switched() and "the code was switched back" not in done:
        yield f"STATE: the new code may still be running; {back.previous or 'the release before'} has to be put back"
    if back.backup:
        yield f"STATE: what was before is in {back.backup}: {restoring(case, back.backup)}"


# --8<-- [start:take_schema_back]
def take_schema_back(case: Deploying, back: Back, done: list[str]) -> Iterator[str]:
    """Reverse the migrations where that is exact, and restore the backup where it is not."""
    way, backup = back.way, back.backup
    if way == "nothing":
        return
    if backup is None:
        raise Failed(NO_BACKUP)
    if aside := back.restored(case):
        done.append(f"the backup had been restored, and {aside} kept")
        return
    if way == "restore" and not is_untouched(case, back, backup):
        yield from restore(case, back, done)
        return
    yield from case.moving().back(back.before)
    yield from drop_labels(case.target, back.oldest.fact("labels", {}), back.made)
    schema, rows = differences(case, back, backup)
    if schema or (rows and back.newest.fact("loose")):
        yield from (f"not as before: {each}" for each in [*schema, *rows])
        if back.forced:
            raise Failed("reversing has not brought the schema back", f"{restoring(case, backup)} does")
        yield from restore(case, back, done)
        return
    done.append("the schema is as before" + ("" if rows else ", and so is every row"))
    yield from (f"written meanwhile, and kept: {each}" for each in rows)
    yield from half_made(case, back)


# --8<-- [end:take_schema_back]


def is_untouched(case: Deploying, back: Back, backup: Path) -> bool:
    """Tell whether no migration of the deployment has left anything."""
    if [name for name, node in case.moving().nodes() if node["applied"] and name not in back.before]:
        return False
    schema, rows = differences(case, back, backup)
    return not schema and not (rows and back.newest.fact("loose"))


def differences(case: Deploying, back: Back, backup: Path) -> tuple[list[str], list[str]]:
    """Tell how the schema differs from what it was before, and how the rows do."""
    schema, rows = compared(case.target, backup)
    return schema or redefined(case.target, backup, back.oldest.fact("definitions")), rows


def half_made(case: Deploying, back: Back) -> Iterator[str]:
    """Tell of an index that a build has left which was killed: it is in the way of the next one."""
    kept = back.oldest.fact("invalid", [])
    with connect(case.target, "deploy") as sql:
        found = [each for each in invalid(sql) if each not in kept]
    yield from (f"{each} is not valid; if nobody is building it: DROP INDEX CONCURRENTLY {each};" for each in found)


# --8<-- [start:restore]
def restore(case: Deploying, back: Back, done: list[str]) -> Iterator[str]:
    """Restore the backup in place of the database in use, which is kept under another name; tell what it holds."""
    case.note("restores", undoes=back.numbers)
    # what is defined anew has the name that it had, and restore_database compares names
    flags = ["--switch", "--anew", "--end-connections", "--maintenance", case.options.maintenance, "--apply"]
    must_pass(case, "restore_database", "--from", str(back.backup), *flags)
    open_again(case)
    done.append("the backup was restored")
    if aside := _databases.newest_aside(case.server, case.name):
        done.append(f"the database that was in use is kept as {aside}")
        says = lost_to(case.target, case.target.on(aside))
        yield from (f"written since the backup, and only in {aside}: {each}" for each in says)


def lost_to(then: Target, now: Target) -> list[str]:
    """Tell what a database holds that the one it goes back to does not."""
    with connect(then, "deploy") as one, connect(now, "deploy") as other:
        return list(lost_by_restoring(one, other))


# --8<-- [end:restore]
