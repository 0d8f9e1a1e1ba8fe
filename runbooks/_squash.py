"""What the runbooks know of squashing: which migrations can become one, and what stands in the way of the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Fact = Mapping[str, Any]
Graph = dict[str, set[str]]
CAN_SQUASH_AGAIN = [6, 0]


@dataclass(frozen=True, slots=True)
class Barrier:
    """Why a migration can be no part of a squash: where it says so, and what would help."""

    name: str
    path: str
    line: int
    fact: str
    hint: str


@dataclass(slots=True)
class Range:
    """Migrations of one app, one after the other, that can become one."""

    migrations: list[Fact] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """Give their full names."""
        return [name_of(each) for each in self.migrations]


def name_of(fact: Fact) -> str:
    """Give APP.NAME."""
    return f"{fact['app']}.{fact['name']}"


# --8<-- [start:own_barriers]
def own_barriers(fact: Fact, django: Sequence[int]) -> Iterator[Barrier]:
    """Find what in a migration itself stands in the way."""

    def barrier(line: int, why: str, hint: str) -> Barrier:
        return Barrier(name_of(fact), fact["file"], line, why, hint)

    if fact["applied"] is False:
        yield barrier(0, "it is not applied on this database", "squash only what has been applied everywhere")
    if fact["replaced_by"]:
        yield barrier(0, f"{fact['replaced_by']} replaces it, but not all it replaces is applied", "migrate first")
    if fact["replaces"] and list(django) < CAN_SQUASH_AGAIN:
        yield barrier(0, "it is a squash itself", "delete what it replaces and its `replaces` first; Django refuses")
    if fact["run_before"]:
        named = ", ".join(".".join(name) for name in fact["run_before"])
        hint = f"add it as a dependency of {named}, or write it into the squash by hand"
        yield barrier(fact["run_before_line"], f"run_before {named}, which squashmigrations drops", hint)
    for each in fact["operations"]:
        if each["kept"]:
            hint = "once it has run everywhere, pass elidable=True, or leave it out of the squash by hand"
            yield barrier(each["line"], f"{each['kind']} is not elidable: it must be kept, and carried over", hint)
        elif each["alone"]:
            hint = "in the squash, write its plain form: a new database has no rows to wait for"
            yield barrier(each["line"], f"{each['kind']} cannot run in the transaction that a squash is", hint)
    if not fact["atomic"] and not any(each["alone"] for each in fact["operations"]):
        yield barrier(fact["atomic_line"], "atomic = False, which squashmigrations drops", "keep it by itself")


# --8<-- [end:own_barriers]


# --8<-- [start:find_ranges]
def find_ranges(
    facts: Sequence[Fact], graph: Graph, places: Mapping[str, Fact], django: Sequence[int]
) -> tuple[list[Range], list[Barrier]]:
    """Walk along the migrations of one app and join what can be one; name what ends each range.

    A range that has ended is one node of the graph from then on, as two squashes may make a circle together.
    """
    ranges, barriers = [Range()], []
    for fact in facts:
        found = list(own_barriers(fact, django))
        way = [] if found else way_back(graph, [*ranges[-1].names, name_of(fact)])
        if found or way:
            join(graph, ranges[-1].names)
            ranges.append(Range([fact] if way else []))
            barriers += found or [between(places, way)]
        else:
            ranges[-1].migrations.append(fact)
    join(graph, ranges[-1].names)
    return [each for each in ranges if len(each.migrations) > 1], barriers


# --8<-- [end:find_ranges]


def join(graph: Graph, names: Sequence[str]) -> None:
    """Make one node of these: it stands on all they stood on, and what stood on any of them stands on it."""
    for name in names[1:]:
        graph[names[0]] |= graph.pop(name)
    for parents in graph.values():
        if parents & set(names[1:]):
            parents -= set(names[1:])
            parents.add(names[0])
    for name in names[:1]:
        graph[name] -= set(names)


def way_back(graph: Graph, names: Sequence[str]) -> list[str]:
    """Find a way from one of the names out to another migration and back into them: one squash would be a circle."""
    inside = set(names)
    for start in names:
        ways = [[start, parent] for parent in sorted(graph[start] - inside)]
        seen: set[str] = set()
        while ways:
            way = ways.pop()
            for parent in sorted(graph[way[-1]]):
                if parent in inside:
                    return [*way, parent]
                if parent not in seen:
                    seen.add(parent)
                    ways.append([*way, parent])
    return []


def between(places: Mapping[str, Fact], way: Sequence[str]) -> Barrier:
    last, outside = way[0], way[1:-1]
    fact = places[last]
    told = " which depends on ".join([*outside, way[-1]])
    return Barrier(
        last,
        fact["file"],
        fact["dependencies_line"],
        f"it depends on {told}: one squash of both would wait for itself",
        "squash up to the one before it, and begin the next range with it",
    )
