"""What the runbooks know of a migration history: who stands on whom, and what Django says to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from _case import Case
from _django_probe import Project
from _step import Refused

Nodes = Mapping[str, Any]


def read_nodes(case: Case | Project) -> dict[str, Any]:
    """Give every migration of the graph by its name, parents first."""
    return {node["name"]: node for node in case.ask("history")["nodes"]}


def ancestors(nodes: Nodes, name: str) -> set[str]:
    """Name a migration and everything it stands on."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        if (each := waiting.pop()) not in found:
            found.add(each)
            waiting += nodes[each]["parents"]
    return found


def in_the_way(nodes: Nodes) -> list[str]:
    """Name the applied migrations that stand on one that is not applied."""
    missing = {name for name, node in nodes.items() if not node["applied"]}
    return [name for name, node in nodes.items() if node["applied"] and ancestors(nodes, name) & missing]


def must_know(nodes: Nodes, app: str | None) -> None:
    """Refuse an app that has no migrations: a slip of the pen must not read as health."""
    apps = {name.partition(".")[0] for name in nodes}
    if app is not None and app not in apps:
        raise Refused(f"there is no app {app} with migrations", f"name one of: {', '.join(sorted(apps))}")


def must_be_there(nodes: Nodes, names: Iterable[str], where: str) -> None:
    """Refuse a name that no migration has."""
    if unknown := sorted({*names} - nodes.keys()):
        raise Refused(f"there is no migration {', '.join(unknown)}", f"give APP.MIGRATION, {where}")


def must_be_missing(nodes: Nodes, missing: Sequence[str], present: Sequence[str], absent: Sequence[str]) -> None:
    """Refuse what the reader says twice, or of a migration that is not in question; what has been repaired passes."""
    wanted = f"of {', '.join(missing) or 'none'}"
    must_be_there(nodes, (*present, *absent), wanted)
    if twice := sorted({*present} & {*absent}):
        raise Refused(f"{', '.join(twice)} cannot be both present and absent", "name each once")
    if other := sorted(name for name in {*present, *absent} - {*missing} if not nodes[name]["applied"]):
        raise Refused(f"{', '.join(other)} is not what is missing", f"give APP.MIGRATION, {wanted}")


def let_django_check(case: Case) -> None:
    """Let Django judge the whole history and plan on it."""
    case.ask("check")
    case.ask("call", words=["migrate"], options={"plan": True})


def record(case: Case, name: str, *, applied: bool) -> None:
    """Write or remove one record of the history, and nothing else."""
    case.ask("record", migration=name, applied=applied)


# --8<-- [start:migrate]
def migrate(case: Case, nodes: Nodes, name: str) -> None:
    """Run one migration, in a process that does not see the records in its way."""
    app, _, migration = name.partition(".")
    case.ask("migrate", app=app, target=migration, without=in_the_way(nodes))


def unapply(case: Case, nodes: Nodes, name: str) -> None:
    """Run one migration backwards, in a process that does not see what else stands on the one before it."""
    app, target, hidden = backwards(nodes, name)
    case.ask("migrate", app=app, target=target, without=hidden)


def backwards(nodes: Nodes, name: str) -> tuple[str, str, list[str]]:
    """Give app and migration to go back to, and what must not be seen, to take back one migration only."""
    app = name.partition(".")[0]
    below = [parent for parent in nodes[name]["parents"] if parent.startswith(f"{app}.")][:1]
    start = set(below) or {each for each in nodes if each.startswith(f"{app}.")}
    hidden = [each for each in nodes if ancestors(nodes, each) & start and each not in ancestors(nodes, name)]
    return app, below[0].partition(".")[2] if below else "zero", hidden


# --8<-- [end:migrate]
