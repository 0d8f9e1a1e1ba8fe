"""Writes the files into a repository and takes them out again; what a person wrote is never lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from os import W_OK, access
from pathlib import Path

from proofbook.copilot.files import TITLES, Written, text_of
from proofbook.copilot.guide import AGENTS, GUIDE
from proofbook.copilot.marks import Region, find_region, find_whole, without_region
from proofbook.copilot.shelf import ALONG, ARCHIVE
from proofbook.errors import ProofbookError, writing
from proofbook.site.archive import SHEBANG

OURS = (".github", ALONG)
KEPT = ".before-proofbook"
ZIPPED = b"PK\x03\x04"
WHOLE = b"proofbook:whole"


class Refused(ProofbookError):  # noqa: N818
    """What is not done, for it would take away what a person wrote; nothing has been written then."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to one file: ``write``, ``keep``, ``leave``, ``remove``, ``restore`` or ``spare``.

    ``kept_as`` is the name that a copy of what is there now gets.
    """

    path: str
    kind: str
    content: bytes = b""
    kept_as: str = ""


def plan(target: Path, files: Iterable[Written], where: str, *, force: bool) -> list[Change]:
    """Give what is to be done so that exactly these files are there.

    Raises Refused with every file that holds what a person wrote.
    """
    wanted = list(files)
    known = {each.path for each in wanted}
    refused: list[ProofbookError] = []
    changes: list[Change] = []
    for each in wanted:
        try:
            changes.append(_change(target, each, where, force=force))
        except Refused as error:
            refused.append(error)
    if refused:
        raise Refused("", "\n".join(str(error) for error in refused))
    gone = [path for path, region in whole_files(target) if path not in known and region.is_as_written]
    if ARCHIVE not in known and _is_our_archive(target / ARCHIVE):
        gone.append(ARCHIVE)
    return [*changes, *(Change(path, "remove") for path in gone)]


def _change(target: Path, each: Written, where: str, *, force: bool) -> Change:
    file = target / each.path
    _inside(target, each.path)
    if each.packed:
        is_other = file.is_file() and not _is_our_archive(file)
        return _written(each.path, file, each.packed, is_other=is_other, force=force)
    current = text_of(file)
    if each.is_region:
        found = find_region(each.path, current)
        is_edited = bool(found and not found[0].is_as_written)
        content = each.content(current, where)
    else:
        whole = find_whole(current)
        if current and whole is None and each.is_left_to_people and not force:
            return Change(each.path, "leave")
        is_edited = bool(current) and not (whole and whole.is_as_written)
        content = each.content("", where)
    if file.is_file() and b"\r\n" in file.read_bytes():
        content = content.replace("\n", "\r\n")
    return _written(each.path, file, content.encode(), is_other=is_edited, force=force)


def _written(path: str, file: Path, content: bytes, *, is_other: bool, force: bool) -> Change:
    if file.is_file() and file.read_bytes() == content:
        return Change(path, "keep")
    kept_as = _free_name(file) if is_other else ""
    if is_other and not force:
        hint = f"move it away, or let --force replace it; the old one is kept as {kept_as}"
        raise Refused(path, "holds what was not written by this command", hint)
    return Change(path, "write", content, kept_as)


def _is_our_archive(file: Path) -> bool:
    return file.is_file() and file.read_bytes().startswith(SHEBANG + ZIPPED)


def _free_name(file: Path, first: int = 1) -> str:
    """Give the name of a copy of a file: what was kept before stays, and only the very first is ever put back."""
    names = (f"{file.name}{KEPT}{f'.{number}' if number > 1 else ''}" for number in count(first))
    return next(each for each in names if not file.with_name(each).exists())


def _inside(target: Path, path: str) -> None:
    """Raise ProofbookError when a link would lead the file out of the repository."""
    if not (target / path).resolve().is_relative_to(target.resolve()):
        raise ProofbookError(path, "leads out of the repository by a symbolic link", "remove the link")


def apply(target: Path, changes: Iterable[Change]) -> None:
    """Make the changes.

    Raises ProofbookError when one cannot be made; what can be known before is told before the first.
    """
    wanted = [change for change in changes if change.kind in ("remove", "restore", "write")]
    for change in wanted:
        file = target / change.path
        _may_be_written(file if change.kind == "write" else file.parent)
    for change in wanted:
        with writing(target / change.path, "what was written before it stays; call it again when that is mended"):
            _make(target, change)


def _may_be_written(file: Path) -> None:
    there = next(each for each in (file, *file.parents) if each.exists())
    if there != file and not there.is_dir():
        raise ProofbookError(str(there), "is no folder", "move it away; nothing has been written")
    if not access(there, W_OK):
        raise ProofbookError(str(there), "may not be written", "nothing has been written")


def _make(target: Path, change: Change) -> None:
    file = target / change.path
    if change.kept_as:
        file.with_name(change.kept_as).write_bytes(file.read_bytes())
    if change.kind == "remove":
        _remove(target, file)
    elif change.kind == "restore":
        file.with_name(file.name + KEPT).replace(file)
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(change.content)


def undo(target: Path, *, force: bool) -> list[Change]:
    """Give what takes out again all that was written, and puts back what --force had replaced.

    Raises Refused with every file that somebody has changed since.
    """
    changes: list[Change] = []
    refused: list[ProofbookError] = []
    for path, region in [*regions(target), *whole_files(target)]:
        kept_as = "" if region.is_as_written else _free_name(target / path, 2)
        if kept_as and not force:
            hint = f"take out by hand what you want to keep, or let --force remove it; this one is kept as {kept_as}"
            refused.append(Refused(f"{path}:{region.line}", "was changed since it was written", hint))
        changes.append(replace(_undone(target, path), kept_as=kept_as))
    if refused:
        raise Refused("", "\n".join(str(error) for error in refused))
    if _is_our_archive(target / ARCHIVE):
        changes.append(_undone(target, ARCHIVE))
    return [*changes, *(spare for change in changes for spare in _spared(target, change))]


def _spared(target: Path, change: Change) -> Iterator[Change]:
    """Give the copies that stay, for a person to look through."""
    file = target / change.path
    restored = file.with_name(file.name + KEPT) if change.kind == "restore" else None
    for kept in sorted(file.parent.glob(f"{file.name}{KEPT}*")):
        if kept != restored:
            yield Change(kept.relative_to(target).as_posix(), "spare")
    if change.kept_as:
        yield Change(file.with_name(change.kept_as).relative_to(target).as_posix(), "spare")


def _undone(target: Path, path: str) -> Change:
    kept = target / f"{path}{KEPT}"
    if path not in (GUIDE, AGENTS):
        return Change(path, "restore", kept.read_bytes()) if kept.is_file() else Change(path, "remove")
    left = without_region(path, text_of(target / path))
    if left.strip() in ("", TITLES[path].strip()):
        return Change(path, "remove")
    if b"\r\n" in (target / path).read_bytes():
        left = left.replace("\n", "\r\n")
    return Change(path, "write", left.encode())


def _remove(target: Path, file: Path) -> None:
    file.unlink()
    for folder in file.parents:
        if folder == target or any(folder.iterdir()):
            break
        folder.rmdir()


def regions(target: Path) -> Iterator[tuple[str, Region]]:
    """Give the marked regions in a person's files."""
    for path in (GUIDE, AGENTS):
        found = find_region(path, text_of(target / path))
        if found:
            yield path, found[0]


def whole_files(target: Path) -> Iterator[tuple[str, Region]]:
    """Give the files that are marked as ours as a whole."""
    for folder in OURS:
        for file in sorted((target / folder).rglob("*")):
            # what has not our mark need not even be text
            if file.suffix in (".md", ".yml") and file.is_file() and WHOLE in file.read_bytes():
                whole = find_whole(text_of(file))
                if whole:
                    yield file.relative_to(target).as_posix(), whole
