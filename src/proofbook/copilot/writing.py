"""Writes the files into a repository and takes them out again; what a person wrote is never lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from proofbook.copilot.files import TITLES, Written, text_of
from proofbook.copilot.guide import AGENTS, GUIDE
from proofbook.copilot.marks import Region, find_region, find_whole, without_region
from proofbook.copilot.shelf import ALONG, ARCHIVE
from proofbook.errors import ProofbookError
from proofbook.site.archive import SHEBANG

OURS = (".github", ALONG)
KEPT = ".before-proofbook"
ZIPPED = b"PK\x03\x04"


class Refused(ProofbookError):  # noqa: N818
    """What is not done, for it would take away what a person wrote; nothing has been written then."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to one file: ``write``, ``keep``, ``leave``, ``remove``, ``restore`` or ``spare``."""

    path: str
    kind: str
    content: bytes = b""
    saves_old: bool = False


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
    if is_other and not force:
        hint = f"move it away, or let --force replace it; the old one is kept as {_free_name(file).name}"
        raise Refused(path, "holds what was not written by this command", hint)
    return Change(path, "write", content, saves_old=is_other)


def _is_our_archive(file: Path) -> bool:
    return file.is_file() and file.read_bytes().startswith(SHEBANG + ZIPPED)


def _free_name(file: Path) -> Path:
    """Give where a copy of a file can be kept: what was kept before stays."""
    names = (file.with_name(f"{file.name}{KEPT}{f'.{number}' if number > 1 else ''}") for number in count(1))
    return next(each for each in names if not each.exists())


def _inside(target: Path, path: str) -> None:
    """Raise ProofbookError when a link would lead the file out of the repository."""
    if not (target / path).resolve().is_relative_to(target.resolve()):
        raise ProofbookError(path, "leads out of the repository by a symbolic link", "remove the link")


def apply(target: Path, changes: Iterable[Change]) -> None:
    """Make the changes."""
    for change in changes:
        file = target / change.path
        if change.kind == "remove":
            _remove(target, file)
        elif change.kind == "restore":
            file.with_name(file.name + KEPT).replace(file)
        elif change.kind == "write":
            file.parent.mkdir(parents=True, exist_ok=True)
            if change.saves_old:
                _free_name(file).write_bytes(file.read_bytes())
            file.write_bytes(change.content)


def undo(target: Path, *, force: bool) -> list[Change]:
    """Give what takes out again all that was written, and puts back what --force had replaced.

    Raises Refused with every file that somebody has changed since.
    """
    changes: list[Change] = []
    refused: list[ProofbookError] = []
    for path, region in [*regions(target), *whole_files(target)]:
        if not region.is_as_written and not force:
            hint = "take out by hand what you want to keep, or let --force remove it"
            refused.append(Refused(f"{path}:{region.line}", "was changed since it was written", hint))
        changes.append(_undone(target, path))
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
            if file.suffix in (".md", ".yml") and file.is_file():
                whole = find_whole(text_of(file))
                if whole:
                    yield file.relative_to(target).as_posix(), whole
