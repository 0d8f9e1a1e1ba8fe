"""Checks of the migration files and the graph they make; none of them needs a database."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from _finding import Finding
from _graph import Migration, app_of, branches, circles, last_ones, missing
from _repository import Arrival
from _step import Stop
from _validation import Validation, line_naming, line_of_parent, read_lines


# --8<-- [start:files]
def files(case: Validation) -> Iterator[Finding | str]:
    """Find the files that do not load, and the folders that Django overlooks."""
    survey = case.survey
    for each in survey["unread"]:
        message = f"{each['app']}.{each['name']} {each['says']}"
        yield Finding(message, "mend the file, then run this again", case.shown(each["file"]), each["line"])
    for each in survey["unseen"]:
        if each["files"]:
            yield Finding(
                f"Django sees no migrations of {each['app']}: the folder has no __init__.py, "
                f"and holds {', '.join(each['files'])}",
                f"touch {case.typed(each['folder'] + '/__init__.py')}",
                case.shown(f"{each['folder']}/{each['files'][0]}.py"),
            )
    apps = len(survey["migrated"])
    yield f"{len(survey['migrations'])} files of {apps} app{'s' if apps != 1 else ''}"


# --8<-- [end:files]


# --8<-- [start:parents]
def parents(case: Validation) -> Iterator[Finding]:
    """Find the parents that are not there and the circles; whatever else Django refuses is told in its words."""
    found = False
    for each, name in missing(case.migrations, case.survey["apps"]):
        if app_of(name) not in case.unread_apps:
            found = True
            yield missing_parent(case, each, name)
    rings = circles(case.migrations)
    for ring in rings:
        yield broken_ring(case, ring)
    error = case.survey["error"]
    if error and not found and not rings and not case.survey["unread"]:
        yield Finding(error["says"], fault="MIG104" if "Circular" in error["kind"] else "MIG103")
    if case.survey["unread"]:
        raise case.unread("their own parents are not known")


# --8<-- [end:parents]


def missing_parent(case: Validation, migration: Migration, name: str) -> Finding:
    app, _, last = name.partition(".")
    relation = "stands on" if name in migration.parents else "wants to run before"
    if app not in case.survey["apps"]:
        fact, hint = f"no app {app} is installed", f"put {app} into INSTALLED_APPS, or correct the name of the app"
    elif app not in case.survey["migrated"]:
        fact, hint = f"{app} has no migrations", f"python manage.py makemigrations {app}"
    else:
        here = [each.name for each in case.migrations.values() if each.app == app]
        close = difflib.get_close_matches(last, here, 1, 0.5)
        fact = "which no file has"
        hint = f"is {app}.{close[0]} meant?" if close else "bring the file back, from the branch or release that has it"
    return Finding(
        f"{migration} {relation} {name}, {'but ' if fact[:5] != 'which' else ''}{fact}",
        hint,
        case.shown(migration.file),
        line_of_parent(migration.file, name),
        "MIG103",
    )


def broken_ring(case: Validation, ring: Sequence[str]) -> Finding:
    names = [*ring, ring[0]]
    start = case.migrations[ring[0]]
    return Finding(
        f"a circle: {' stands on '.join(names)}",
        "take out the dependency that is not needed; if both are, move one foreign key into a migration of its own",
        case.shown(start.file),
        line_of_parent(start.file, names[1]),
        "MIG104",
    )


# --8<-- [start:leaves]
def leaves(case: Validation) -> Iterator[Finding]:
    """Find the apps with several last migrations, and say which of them came later."""
    survey = case.survey
    unread = {each["app"] for each in survey["unread"]}
    broken = survey["error"] or unread
    several = last_ones(case.migrations) if broken else survey["conflicts"]
    for app, names in sorted(several.items()):
        ends = [name if broken else f"{app}.{name}" for name in names]
        if len(ends) > 1 and app not in unread:
            yield from in_a_row(case, app, ends)
    if unread:
        raise case.unread("which migration of these apps is the last is not known")


# --8<-- [end:leaves]


# --8<-- [start:in_a_row]
def in_a_row(case: Validation, app: str, ends: Sequence[str]) -> Iterator[Finding]:
    """Tell how the later branches can follow the first one."""
    came = {end: arrival(case, case.migrations[end]) for end in ends}
    order = sorted(ends, key=lambda end: (came[end].rank, end))
    own = branches(case.migrations, ends)
    last = own[order[0]][-1]
    for end in order[1:]:
        new = renumbered(own[end], last)
        moves = [
            f"git mv {case.typed(file)} {case.typed(str(Path(file).with_stem(new[name].partition('.')[2])))}"
            for name, file in ((name, case.migrations[name].file) for name in own[end])
            if new[name] != name
        ]
        merge = case.command("--app", app, runbook="merge_leaf_nodes")
        yield Finding(
            f"{app} has {len(ends)} last migrations: {', '.join(each.partition('.')[2] for each in order)}; "
            f"{end.partition('.')[2]} is the later one, it {came[end].says}",
            f"applied nowhere: {' && '.join([*moves, ''])}let {new[own[end][0]]} depend on {last}; "
            f"applied somewhere: {merge}",
            case.shown(case.migrations[end].file),
            line_naming(case.migrations[end].file, r"^\s*dependencies\b"),
        )
        last = new[own[end][-1]]


# --8<-- [end:in_a_row]


def renumbered(names: Sequence[str], after: str) -> dict[str, str]:
    """Give the names that a branch has if it follows another migration; a name without a number stays."""
    number = re.search(r"\.(\d+)", after)
    if not number:
        return {name: name for name in names}
    width, start = len(number[1]), int(number[1]) + 1
    return {name: re.sub(r"\.\d+", f".{start + place:0{width}}", name, count=1) for place, name in enumerate(names)}


def arrival(case: Validation, migration: Migration) -> Arrival:
    """Ask git when a migration came; without an answer, its own header."""
    try:
        return case.repository.arrival(migration.file)
    except Stop:
        made = re.search(r"# Generated by Django \S+ on (\S+ \S+)", "\n".join(read_lines(migration.file)))
        return Arrival(int(re.sub(r"\D", "", made[1])), f"was made {made[1]}") if made else Arrival(0, "has no date")
