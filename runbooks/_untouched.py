"""Checks that migrations which are deployed are still what they were then; git is all it needs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import zip_longest
from pathlib import Path

from _check import Skipped
from _finding import Finding
from _repository import Change, Repository
from _step import Stop
from _validation import Validation

CLASS = re.compile(r"^class Migration\b", re.MULTILINE)


# --8<-- [start:untouched]
def untouched(case: Validation) -> Iterator[Finding | str]:
    """Find the migrations of a deployed revision that were edited, deleted or renamed since."""
    revision = case.options.since
    if not revision:
        raise Skipped("it is not said what is deployed", "name its tag or commit with --since REV")
    repository, commit = case.repository, case.repository.commit(revision)
    project, folders = Path(case.options.project).resolve(), migration_folders(case)
    for change in repository.changes(commit, [str(project), *sorted(folders - {str(project)})]):
        place = Path(repository.root, change.before).parent
        named = change.before.endswith(".py") and Path(change.before).name[0] not in "_~"
        if named and (place.name == "migrations" or str(place) in folders):
            before = repository.text(commit, change.before)
            if CLASS.search(before):
                yield judge(case, commit, change, before)


# --8<-- [end:untouched]


def migration_folders(case: Validation) -> set[str]:
    """Give the folders that hold migrations now; of a project that does not start none is known."""
    with suppress(Stop):
        folders = {Path(each.file).parent for each in case.migrations.values()}
        ours = {folder.resolve() for folder in folders if case.is_ours(str(folder))}
        return {str(folder) for folder in ours if folder.is_relative_to(case.repository.root)}
    return set()


# --8<-- [start:judge]
def judge(case: Validation, commit: str, change: Change, before: str) -> Finding | str:
    """Tell one change as a finding, or as a note if it changes nothing that Django reads."""
    path, revision = case.shown(str(Path(case.repository.root, change.path))), case.options.since
    back = f"git restore --source={revision} -- {case.typed(str(Path(case.repository.root, change.before)))}"
    if change.kind == "R":
        return Finding(f"{Path(change.before).name} of {revision} has another name now", back, path)
    if change.kind == "D":
        if squash := replaced_by(case.repository, commit, change):
            return f"{change.before} is deleted; {squash} of {revision} replaces it"
        if not case.repository.has(commit):
            back = f"this branch does not stand on {revision}: merge it first"
        return Finding(f"{Path(change.path).name} of {revision} is deleted", back, path)
    after = Path(case.repository.root, change.path).read_text(encoding="utf-8", errors="replace")
    differ = changed_parts(before, after)
    if not differ:
        return f"{path} differs from {revision} in nothing that Django reads"
    message = f"{Path(path).name} is not as in {revision}: {', '.join(differ)} changed"
    return Finding(message, back, path, first_difference(before, after))


# --8<-- [end:judge]


def first_difference(before: str, after: str) -> int:
    """Give the first line that is not as it was."""
    pairs = zip_longest(before.splitlines(), after.splitlines())
    number = next((number for number, (old, new) in enumerate(pairs, 1) if old != new), 0)
    return min(number, len(after.splitlines()))


def changed_parts(before: str, after: str) -> list[str]:
    """Name the parts of a migration that differ; layout, comments and a squash that is done are none."""
    try:
        old, new = parts(before), parts(after)
    except (SyntaxError, ValueError):
        return ["the file"]
    differ = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return [name for name in differ if not (name == "replaces" and name not in new)]


def parts(text: str) -> dict[str, str]:
    """Give each attribute of the Migration class, and all other code as one part."""
    found: dict[str, str] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef) and node.name == "Migration":
            for each in node.body:
                targets = each.targets if isinstance(each, ast.Assign) else []
                name = targets[0].id if targets and isinstance(targets[0], ast.Name) else "the class"
                found[name] = found.get(name, "") + without_docstring(each)
        else:
            found["code"] = found.get("code", "") + without_docstring(node)
    return {name: dump for name, dump in found.items() if dump}


def without_docstring(node: ast.stmt) -> str:
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return "" if is_text else ast.dump(node)


def replaced_by(repository: Repository, commit: str, change: Change) -> str:
    """Name the migration of that revision which had already replaced a file."""
    folder, name = str(Path(change.before).parent), Path(change.before).stem
    listed = repository.run("ls-tree", "-r", "-z", "--name-only", commit, "--", f"{folder}/").split("\0")
    for path in listed:
        if path.endswith(".py") and path != change.before:
            text = repository.text(commit, path)
            if "replaces" in text and f"'{name}'" in parts_of(text).get("replaces", ""):
                return Path(path).stem
    return ""


def parts_of(text: str) -> dict[str, str]:
    try:
        return parts(text)
    except (SyntaxError, ValueError):
        return {}
