"""A rehearsal of both ways on a copy: what waits is applied, taken back, and what is left is compared."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from _deploying import Deploying
from _django_probe import open_project
from _moving import drop_labels, newest_labels
from _postgres import connect
from _rehearsing import restored
from _scratch import scratch_room
from _step import Failed
from _way_back import compared


# --8<-- [start:rehearse_both_ways]
def rehearse_both_ways(
    case: Deploying, dump: Path, before: Collection[str], names: Sequence[str]
) -> tuple[str, list[str]]:
    """Tell how to go back, and why: by reversing, if that brings back every table and row, else by the backup."""
    options = case.options
    with (
        scratch_room(case.target, "deploy") as room,
        restored(room, dump) as (target, basis),
        open_project(options.project, options.python, options.database) as project,
    ):
        project.teach("_inside_deploy.py")
        project.teach("_inside_aim.py")
        project.ask("aim", name=target.value("dbname"))
        with connect(target, "deploy") as sql:
            labels = newest_labels(sql)
        moving = case.moving(project)
        moving = type(moving)(project, target, moving.lock_timeout, moving.tries)
        says = [f"on {basis}", *moving.forwards(names)]
        try:
            says += [*moving.back(before), *drop_labels(target, labels)]
        except Failed as error:
            return "restore", [*says, f"it cannot be reversed: {error.fact}"]
        schema, rows = compared(target, dump)
        return "restore" if schema or rows else "reverse", [
            *says,
            *(f"after reversing: {each}" for each in schema + rows),
        ]


# --8<-- [end:rehearse_both_ways]
