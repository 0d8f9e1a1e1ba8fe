"""What the runbooks know of a migration graph as a picture: its nodes, its lanes, and where each stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Node:
    """One migration: applied is None where no database was asked; last is a leaf of its app."""

    app: str
    name: str
    parents: tuple[Key, ...]
    applied: bool | None
    last: bool
    own: bool

    @property
    def key(self) -> Key:
        return self.app, self.name

    def __str__(self) -> str:
        """Give it as APP.NAME."""
        return f"{self.app}.{self.name}"

    @property
    def standing(self) -> str:
        """Tell in words whether it is applied, and whether it is the last one."""
        state = {True: "applied", False: "not applied", None: ""}[self.applied]
        return ", ".join(filter(None, (state, "last of its app" if self.last else "")))


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a node stands: its lane, its column in the lane, and its row."""

    node: Node
    lane: int
    column: int
    row: int


@dataclass(slots=True)
class Picture:
    """All that is drawn: a lane for each app, and in it the migrations in the order in which they can run."""

    lanes: list[str]
    placed: dict[Key, Placed] = field(default_factory=dict)
    widths: list[int] = field(default_factory=list)
    rows: int = 0

    def edges(self) -> Iterable[tuple[Placed, Placed]]:
        """Give each dependency that is drawn, as parent and child."""
        for child in self.placed.values():
            for parent in child.node.parents:
                if parent in self.placed:
                    yield self.placed[parent], child


def choose(nodes: Sequence[Node], apps: Sequence[str], *, installed: bool) -> list[Node]:
    """Choose what is drawn: the apps that are named, or else the project's own, or else all."""
    if apps:
        return [node for node in nodes if node.app in apps]
    own = {node.app for node in nodes if node.own}
    return [node for node in nodes if installed or not own or node.app in own]


# --8<-- [start:lay_out]
def lay_out(nodes: Sequence[Node]) -> Picture:
    """Give every migration a row below all it depends on, and every app a lane, first come first."""
    picture = Picture(list(dict.fromkeys(node.app for node in nodes)))
    rows: dict[Key, int] = {}
    taken: dict[tuple[int, int], int] = {}
    for node in nodes:  # parents come first
        row = 1 + max((rows[parent] for parent in node.parents if parent in rows), default=-1)
        lane = picture.lanes.index(node.app)
        column = taken.get((lane, row), 0)
        rows[node.key], taken[lane, row] = row, column + 1
        picture.placed[node.key] = Placed(node, lane, column, row)
    picture.rows = 1 + max(rows.values(), default=-1)
    for number in range(len(picture.lanes)):
        picture.widths.append(max(count for (lane, _), count in taken.items() if lane == number))
    return picture


# --8<-- [end:lay_out]


def left_out(drawn: Sequence[Node]) -> dict[str, int]:
    """Count, by app, the dependencies on migrations that are not drawn."""
    there = {node.key for node in drawn}
    found: dict[str, int] = {}
    for node in drawn:
        for app, name in node.parents:
            if (app, name) not in there:
                found[app] = found.get(app, 0) + 1
    return found


def described(picture: Picture) -> str:
    """Tell the picture in words, for those who do not see it."""
    told = []
    for lane in picture.lanes:
        nodes = [each.node for each in picture.placed.values() if each.node.app == lane]
        waiting = [node.name for node in nodes if node.applied is False]
        state = f", not applied: {', '.join(waiting)}" if waiting else "" if nodes[0].applied is None else ", applied"
        last = " and ".join(node.name for node in nodes if node.last)
        told.append(f"{lane}: {len(nodes)} migrations to {last or nodes[-1].name}{state}.")
    return " ".join(told)
