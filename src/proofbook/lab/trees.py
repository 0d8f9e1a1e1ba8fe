"""Copies the files of a project quickly: read once, written as often as there are sandboxes."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from proofbook.lab.programs import Account

LARGE = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, folder or link below the root, with its content unless that is large."""

    path: str
    mode: int
    changed: int
    content: bytes | str | None


@dataclass(frozen=True, slots=True)
class Tree:
    """A folder as it was when it was read."""

    root: Path
    entries: tuple[Entry, ...]

    @classmethod
    def read(cls, root: Path) -> Tree:
        """Read a folder with all below it."""
        return cls(root, tuple(_entries(str(root), "")))

    def write(self, target: Path, account: Account | None) -> None:
        """Write all of it, with modes and times: Python asks whether bytecode is as old as its source."""
        for entry in self.entries:
            path = f"{target}{entry.path}"
            if stat.S_ISDIR(entry.mode):
                os.mkdir(path)  # noqa: PTH102
            elif isinstance(entry.content, str):
                os.symlink(entry.content, path)  # noqa: PTH211
            else:
                self._write_file(entry, path)
            if account is not None:
                os.chown(path, account.uid, account.gid, follow_symlinks=False)
        # last and from below: a folder that must not be written to could not be filled
        for entry in reversed(self.entries):
            if stat.S_ISDIR(entry.mode):
                os.chmod(f"{target}{entry.path}", stat.S_IMODE(entry.mode))  # noqa: PTH101

    def _write_file(self, entry: Entry, path: str) -> None:
        if not isinstance(entry.content, bytes):
            shutil.copy2(f"{self.root}{entry.path}", path)
            return
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            left = memoryview(entry.content)
            while left:
                left = left[os.write(file, left) :]
            os.fchmod(file, stat.S_IMODE(entry.mode))
            os.utime(file, ns=(entry.changed, entry.changed))
        finally:
            os.close(file)


def _entries(root: str, path: str) -> Iterator[Entry]:
    """Give a folder before what is in it."""
    status = os.lstat(root + path)
    yield Entry(path, status.st_mode, status.st_mtime_ns, None)
    for found in os.scandir(root + path):
        below = f"{path}/{found.name}"
        if found.is_dir(follow_symlinks=False):
            yield from _entries(root, below)
            continue
        status = found.stat(follow_symlinks=False)
        yield Entry(below, status.st_mode, status.st_mtime_ns, _content(root + below, status))


def _content(path: str, status: os.stat_result) -> bytes | str | None:
    if stat.S_ISLNK(status.st_mode):
        return os.readlink(path)  # noqa: PTH115
    if status.st_size >= LARGE or not stat.S_ISREG(status.st_mode):
        return None
    return Path(path).read_bytes()
