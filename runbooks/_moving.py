"""Takes a project's migrations forwards and back, one at a time, without ever waiting long for a lock."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from _address import Target
from _django_probe import Project
from _history import backwards, in_the_way, read_nodes
from _leftovers import drop, invalid, leftovers
from _postgres import connect
from _step import Failed

LONGEST = 30.0


@dataclass(frozen=True, slots=True)
class Moving:
    """A project on one database, and how patient it is with locks."""

    project: Project
    target: Target
    lock_timeout: str = "2s"
    tries: int = 5
    kept: Collection[str] | None = None

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
        kept = self.was_invalid()
        for left in reversed(range(self.tries)):
            told = self.attempt(way, kept)
            if not told["error"]:
                yield f"{what}{name}, {time.monotonic() - began:.1f} s"
                return
            if not told["busy"]:
                raise Failed(f"{name}: {told['error']}", "python -m proofbook diagnose names the fault")
            if left:
                yield f"{name} waits: {told['error']}; again in {pause:g} s, {left} more"
                time.sleep(pause)
                pause = min(pause * 2, LONGEST)
        raise Failed(f"{name}, {self.tries} times: {told['error']}", "unblock_migration tells who is in the way")

    def attempt(self, way: dict[str, Any], kept: Collection[str]) -> dict[str, Any]:
        """Try once; drop the half-made index that a failed build leaves, and one that is in the way of this one."""
        told: dict[str, Any] = self.project.ask("move", lock_timeout=self.lock_timeout, **way)
        found = leftovers(self.target, told["concurrent"], kept)
        if not told["error"]:
            return told | {"error": f"{', '.join(found)}: the index is there, and not valid"} if found else told
        stays = [why for name in found if (why := drop(self.target, name, self.lock_timeout))]
        # a build that finds what another one has left fails in another way than by a lock, and goes once that is gone
        told["busy"] = told["busy"] or bool(found and told["exists"])
        return told | {"error": "; ".join([told["error"], *stays])}

    # --8<-- [end:move]

    def was_invalid(self) -> Collection[str]:
        """Name the indexes that were not valid before the deployment: these are nobody's to drop."""
        if self.kept is not None:
            return self.kept
        with connect(self.target, "deploy") as sql:
            return invalid(sql)


def pending(nodes: dict[str, Any]) -> list[str]:
    """Name what is not applied, parents first."""
    return [name for name, node in nodes.items() if not node["applied"]]
