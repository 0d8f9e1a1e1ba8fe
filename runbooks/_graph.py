"""What the runbooks know of a migration graph whose files may contradict each other; nothing here asks anybody."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

ANY = ("__first__", "__latest__")


@dataclass(frozen=True, slots=True)
class Migration:
    """One migration as its file has it: parents by their names, also those that are not there."""

    app: str
    name: str
    file: str
    parents: tuple[str, ...]
    children: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    unread: bool = False

    def __str__(self) -> str:
        return f"{self.app}.{self.name}"


Migrations = Mapping[str, Migration]


def read_migrations(rows: Sequence[Mapping[str, Any]]) -> dict[str, Migration]:
    """Read what the project told of its migrations."""
    found = [
        Migration(
            row["app"],
            row["name"],
            row["file"],
            tuple(map(".".join, row["dependencies"])),
            tuple(map(".".join, row["run_before"])),
            tuple(map(".".join, row["replaces"])),
            row["unread"],
        )
        for row in rows
    ]
    return {str(each): each for each in found}


def app_of(name: str) -> str:
    return name.partition(".")[0]


def missing(migrations: Migrations, apps: Collection[str]) -> Iterator[tuple[Migration, str]]:
    """Give each name that a migration stands on, or wants to stand before, and that no file has."""
    known = set(migrations) | {name for each in migrations.values() for name in each.replaces}
    for each in migrations.values():
        for name in (*each.parents, *each.children):
            if name not in known and not (name.partition(".")[2] in ANY and app_of(name) in apps):
                yield each, name


def edges(migrations: Migrations) -> dict[str, set[str]]:
    """Give for each migration those that come before it, as far as there are files for them."""
    found = {name: {parent for parent in each.parents if parent in migrations} for name, each in migrations.items()}
    for name, each in migrations.items():
        for child in each.children:
            if child in found:
                found[child].add(name)
    return found


def circles(migrations: Migrations) -> list[list[str]]:
    """Find the circles, each told once from its first name on, without what only stands on it."""
    left, found = edges(migrations), []
    while ring := a_circle(left):
        start = ring.index(min(ring))
        found.append([*ring[start:], *ring[:start]])
        gone = above(left, ring)
        left = {name: parents - gone for name, parents in left.items() if name not in gone}
    return sorted(found)


def a_circle(parents: Mapping[str, set[str]]) -> list[str]:
    """Give one circle, each name standing on the next, or nothing."""
    try:
        TopologicalSorter(parents).prepare()
    except CycleError as error:
        downwards: list[str] = error.args[1][:0:-1]
        return downwards
    return []


def above(parents: Mapping[str, set[str]], start: Sequence[str]) -> set[str]:
    """Name what stands on some migrations, near or far, and themselves."""
    children: dict[str, list[str]] = {name: [] for name in parents}
    for name, each in parents.items():
        for parent in each:
            children[parent].append(name)
    return reached(children, start)


def reached(steps: Mapping[str, Iterable[str]], start: Sequence[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        if (name := waiting.pop()) not in found:
            found.add(name)
            waiting += steps[name]
    return found


def below(migrations: Migrations, start: str) -> set[str]:
    """Name what one migration stands on, near or far, and itself."""
    return reached(edges(migrations), [start])


def last_ones(migrations: Migrations) -> dict[str, list[str]]:
    """Give for each app the migrations that no other of the same app stands on."""
    replaced = {name for each in migrations.values() for name in each.replaces}
    followed = {parent for each in migrations.values() for parent in each.parents if app_of(parent) == each.app}
    found: dict[str, list[str]] = {}
    for name, each in sorted(migrations.items()):
        if name not in followed | replaced:
            found.setdefault(each.app, []).append(name)
    return found


def branches(migrations: Migrations, leaves: Sequence[str]) -> dict[str, list[str]]:
    """Give for each of several last migrations of an app what its branch has of its own, in order."""
    own = {leaf: {name for name in below(migrations, leaf) if app_of(name) == app_of(leaf)} for leaf in leaves}
    shared = set.intersection(*own.values())
    return {
        leaf: sorted(names - shared, key=lambda name: (len(below(migrations, name)), name))
        for leaf, names in own.items()
    }
