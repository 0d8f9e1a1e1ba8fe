"""How the runbooks change a .env file: some bytes of it, all at once, and nothing else."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from _env_file import Assignment, EnvFile
from _folder import flush_folder
from _step import Failed, Refused


def inner(each: Assignment) -> tuple[int, int]:
    """Give where the value itself stands, within its quotes."""
    width = len(each.quote)
    return each.start + width, each.end - width


def raw(file: EnvFile, each: Assignment) -> bytes:
    """Give the value as it is written, quotes included."""
    return file.content[each.start : each.end]


def replaced(content: bytes, start: int, end: int, new: bytes) -> bytes:
    """Give the content with some of its bytes exchanged."""
    return content[:start] + new + content[end:]


def line_end(content: bytes, place: int) -> int:
    """Give where the line of a place ends, its newline included."""
    found = content.find(b"\n", place)
    return len(content) if found < 0 else found + 1


def line_start(content: bytes, place: int) -> int:
    """Give where the line of a place begins."""
    return content.rfind(b"\n", 0, place) + 1


# --8<-- [start:write]
def write_at_once(file: EnvFile, content: bytes) -> None:
    """Put new content in the file's place, with its mode, owner and attributes; a kill leaves the old or the new."""
    path = file.path.resolve()
    with only_writer(path):
        if path.read_bytes() != file.content:
            raise Refused(f"{file.path} has been changed meanwhile", "run this again")
        partial = partial_of(path)
        try:
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as new:
                new.write(content)
                new.flush()
                before = path.stat()
                if (before.st_uid, before.st_gid) != (os.geteuid(), os.fstat(new.fileno()).st_gid):
                    os.fchown(new.fileno(), before.st_uid, before.st_gid)
                shutil.copystat(path, partial)
                os.utime(partial)
                os.fsync(new.fileno())
            partial.replace(path)
        except BaseException as error:
            # it holds the new key: no end of this run may leave it behind
            with suppress(OSError):
                partial.unlink()
            if not isinstance(error, OSError):
                raise
            fact = f"{file.path} cannot be written with its owner and mode: {error.strerror}"
            raise Failed(fact, "run this as the file's owner") from None
        flush_folder(path.parent)


# --8<-- [end:write]


def partial_of(path: Path) -> Path:
    """Name the file that becomes the new one: in the same folder, so that a rename is enough."""
    return path.with_name(f".{path.name}.partial")


@contextmanager
def only_writer(path: Path) -> Iterator[None]:
    """Keep other runs out, and sweep what a killed one left: it holds secrets."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"another run is changing files in {path.parent}", "wait for it to end") from None
        partial_of(path).unlink(missing_ok=True)
        yield
    finally:
        os.close(folder)
