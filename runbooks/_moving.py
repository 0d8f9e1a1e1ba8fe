"""Takes a project's migrations forwards and back, one at a time, without ever waiting long for a lock."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from _address import Target
from _django_probe import Project
from _history import backwards, in_the_way, read_nodes
from _postgres import Sql, connect
from _step import Failed

INVALID = """
SELECT c.oid::regclass::text AS name FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid
 WHERE NOT x.indisvalid AND c.relpersistence <> 't'
"""
# Django itself writes a row for each model and permission it meets, and takes none away again
LABELS = ("auth_permission", "django_content_type")
LONGEST = 30.0


@dataclass(frozen=True, slots=True)
class Moving:
    """A project on one database, and how patient it is with locks."""

    project: Project
    target: Target
    lock_timeout: str = "2s"
    tries: int = 5

    # --8<-- [start:forwards]
    def forwards(self, names: Collection[str]) -> Iterator[str]:
        """Apply these migrations in the order of the graph; what is applied already is left."""
        for name in names:
            nodes = read_nodes(self.project)
            if not nodes[name]["applied"]:
                app, _, migration = name.partition(".")
                yield from self.move(name, {"app": app, "target": migration, "without": in_the_way(nodes)})

    # --8<-- [end:forwards]

    # --8<-- [start:back]
    def back(self, before: Collection[str]) -> Iterator[str]:
        """Take back, newest first, what is applied and was not before."""
        while added := [name for name, node in self.nodes() if node["applied"] and name not in before]:
            app, target, hidden = backwards(dict(self.nodes()), added[-1])
            yield from self.move(added[-1], {"app": app, "target": target, "without": hidden}, "taken back: ")

    # --8<-- [end:back]

    def nodes(self) -> list[tuple[str, Any]]:
        return list(read_nodes(self.project).items())

    # --8<-- [start:move]
    def move(self, name: str, way: dict[str, Any], what: str = "") -> Iterator[str]:
        """Run one migration; if a lock does not come, let the others pass, and try again."""
        pause, began = 0.5, time.monotonic()
        kept = self.invalid()
        for left in reversed(range(self.tries)):
            told = self.project.ask("move", lock_timeout=self.lock_timeout, **way)
            if not told["error"]:
                yield f"{what}{name}, {time.monotonic() - began:.1f} s"
                return
            self.drop_invalid(kept)
            if not told["busy"]:
                raise Failed(f"{name}: {told['error']}", "python -m proofbook diagnose names the fault")
            if left:
                yield f"{name} waits: {told['error']}; again in {pause:g} s, {left} more"
                time.sleep(pause)
                pause = min(pause * 2, LONGEST)
        raise Failed(f"{name}, {self.tries} times: {told['error']}", "unblock_migration tells who is in the way")

    # --8<-- [end:move]

    def invalid(self) -> list[str]:
        with connect(self.target, "deploy") as sql:
            return [row["name"] for row in sql.rows(INVALID)]

    def drop_invalid(self, kept: Collection[str]) -> None:
        """Drop the half-made index that CREATE INDEX CONCURRENTLY leaves, as it is in the way of the next try."""
        for name in set(self.invalid()) - set(kept):
            with connect(self.target, "deploy") as sql:
                sql.script(f"DROP INDEX CONCURRENTLY {name};")


def pending(nodes: dict[str, Any]) -> list[str]:
    """Name what is not applied, parents first."""
    return [name for name, node in nodes.items() if not node["applied"]]


def newest_labels(sql: Sql) -> dict[str, int]:
    """Give the highest number in each table that Django fills by itself."""
    there = [name for name in LABELS if sql.value("SELECT to_regclass(:'name') IS NOT NULL AS there", name=name)]
    return {name: int(sql.foreign(f"SELECT coalesce(max(id), 0) FROM {name}")[0]) for name in there}  # noqa: S608


def drop_labels(target: Target, newest: dict[str, int]) -> Iterator[str]:
    """Take away what Django wrote for models that are gone again, unless somebody uses it."""
    for name, number in newest.items():
        try:
            with connect(target, "deploy") as sql:
                sql.foreign(f"DELETE FROM {name} WHERE id > {int(number)}")  # noqa: S608  # one of ours
        except Failed:
            yield f"{name} keeps rows of models that are gone: others refer to them"
