"""One run at a time in a checkout, and nothing of a killed run left behind."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from proofbook.errors import ProofbookError
from proofbook.lab.cluster import Cluster, find_tools
from proofbook.lab.lab import MARK, sandbox_account
from proofbook.lab.places import checkout_key, run_folder, swept_folders
from proofbook.lab.postgres import drop_databases, use_server
from proofbook.lab.programs import end_marked
from proofbook.settings import Settings

SWEEPS = 20
CLUSTERS = ("pg/data-*", "sandboxes/*/pg/data")


@contextlib.contextmanager
def only_run(settings: Settings, what: str = "") -> Iterator[None]:
    """Hold the checkout's lock for one run, and first remove what a killed run left.

    ``what`` is a shell that a person has open in it, which does not end by itself.
    Raises ProofbookError when another run holds it.
    """
    settings.store.mkdir(exist_ok=True)
    with (settings.store / "lock").open("a+") as lock:
        if not _locked(lock):
            raise _at_work(settings, *_told(lock))
        before = [Path(folder) for folder in _told(lock)[1:2]]  # that run may have had another TMPDIR
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n{run_folder(settings.root)}\n{what}\n")
        lock.flush()
        with _marked_workers(checkout_key(settings.root)):
            sweep(settings, before)
            yield


def _at_work(settings: Settings, number: str = "", _folder: str = "", what: str = "") -> ProofbookError:
    end = f"kill {number}" if number else "press Ctrl-C where it was started"
    if not what:
        return ProofbookError(
            str(settings.root), "another run is at work in this checkout", f"wait for it, or end it: {end}"
        )
    hint = f"leave its shell with exit, or end it: {end}; a clone of the checkout can have one of its own beside it"
    return ProofbookError(str(settings.root), f"`{what}` is open in this checkout, which has room for one run", hint)


def _told(lock: IO[str]) -> list[str]:
    """Read who holds the lock, or did, and where it keeps what it makes."""
    lock.seek(0)
    return lock.read().splitlines() or [""]


def _locked(lock: IO[str], tries: int = 20) -> bool:
    """Take the lock; a program that a killed run was just starting may hold it for a moment."""
    for _ in range(tries):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return True
    return False


@contextlib.contextmanager
def _marked_workers(key: str) -> Iterator[None]:
    """Let the workers of this run inherit its mark: they outlive its end by SIGKILL for a second or two."""
    before = os.environ.get(MARK)
    os.environ[MARK] = key
    try:
        yield
    finally:
        os.environ.pop(MARK)
        if before is not None:
            os.environ[MARK] = before


def sweep(settings: Settings, before: Iterable[Path] = ()) -> None:
    """Remove what an earlier run of this checkout left: its server, processes, databases and folder."""
    folders = swept_folders(settings.root)
    folders += [folder for folder in before if folder.name == folders[0].name and folder not in folders]
    for data in (found for folder in folders for where in CLUSTERS for found in folder.glob(where)):
        with contextlib.suppress(ProofbookError, OSError):
            tools = find_tools(settings.lab_python, (data / "PG_VERSION").read_text("utf-8").strip())
            Cluster(tools, data, sandbox_account(), {"PATH": "/usr/bin:/bin"}).stop(mode="immediate")
    outside = os.environ.get("PROOFBOOK_DATABASE_URL")
    _end_all(checkout_key(settings.root))
    if outside:
        drop_databases(use_server(outside, None), checkout_key(settings.root))
    for _ in range(SWEEPS):
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        if not any(folder.exists() for folder in folders):
            break
        _end_all(checkout_key(settings.root))


def _end_all(key: str) -> None:
    """End what carries the mark, more than once: what is being ended may just have started something."""
    for _ in range(SWEEPS):
        if not end_marked(MARK, key):
            break
        time.sleep(0.05)
