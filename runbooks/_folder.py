"""A folder that several runs write into, those of other servers too: its lock, files in work, names on disk."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from _step import Refused

LOCK = ".lock"
TRIES, PAUSE = 200, 0.1


# --8<-- [start:only_one]
@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder while names in it change; that of a killed run goes with it.

    It is held for moments, never while a dump is written, so whoever has it is waited for.
    """
    path = folder / LOCK
    try:
        held = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Refused(f"{path} cannot be opened: {error.strerror}", "another user may have made it") from None
    try:
        wait_for(held, path)
        yield
    finally:
        os.close(held)


# --8<-- [end:only_one]


def wait_for(held: int, path: Path) -> None:
    for _ in range(TRIES):
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(PAUSE)
        except OSError as error:
            raise Refused(f"{path} cannot be locked: {error.strerror}", "name a folder of this machine") from None
        else:
            return
    raise Refused(f"another run is at work in {path.parent}: it holds {path}", "wait for it to end, then run again")


@contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Make a file for its owner only, and hold it: what a killed run has left is held by nobody."""
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused(f"another run is at work: it writes {path}", "wait a second, then run again") from None
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(opened)


def is_claimed(path: Path) -> bool:
    """Tell whether a run is at work on a file."""
    opened = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(opened)
    return False


def flush_folder(folder: Path) -> None:
    """Return only when the names in it are on disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
