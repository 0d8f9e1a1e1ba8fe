"""A rehearsal of both ways on a copy: what waits is applied, taken back, and what is left is compared."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from _as_before import compared, redefined_on
from _catalogue import schema
from _deploying import Deploying
from _django_probe import open_project
from _labels import Labels, drop_labels, labels_since, newest_labels
from _postgres import connect
from _rehearsing import restored
from _scratch import scratch_room
from _step import Failed


# --8<-- [start:rehearse_both_ways]
def rehearse_both_ways(
    case: Deploying, dump: Path, before: Collection[str], names: Sequence[str]
) -> tuple[str, Labels, list[str]]:
    """Tell how to go back, and why: by reversing, if that brings back every table and row, else by the backup.

    What Django writes of its own on the copy is told, too: on the way back only that is taken away again.
    """
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
            labels, was = newest_labels(sql), schema(sql)
        moving = case.moving(project)
        moving = type(moving)(project, target, moving.lock_timeout, moving.tries)
        says = [f"on {basis}", *moving.forwards(names)]
        with connect(target, "deploy") as sql:
            made = labels_since(sql, labels)
        try:
            says += [*moving.back(before), *drop_labels(target, labels, made)]
        except Failed as error:
            return "restore", made, [*says, f"it cannot be reversed: {error.fact}"]
        names_differ, rows = compared(target, dump)
        differs = [*(names_differ or redefined_on(room, target, was)), *rows]
        return "restore" if differs else "reverse", made, [*says, *(f"after reversing: {each}" for each in differs)]


# --8<-- [end:rehearse_both_ways]
