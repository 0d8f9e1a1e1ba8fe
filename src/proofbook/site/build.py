"""Builds the site when its sources have changed; the one of before stays until the new one is whole."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from proofbook.errors import ProofbookError
from proofbook.proof.records import tree_hash
from proofbook.settings import Settings

PLACE = "{site}"
SWAPPING = threading.Lock()
"""Is held while the old site is away and the new one not yet there: our own server opens no file in between."""


def build(settings: Settings, tell: Callable[[str], None], *, always: bool = False) -> bool:
    """Build the site with the repository's own command, unless nothing it is made of has changed.

    Raises ProofbookError with the builder's output when it fails; the site of before is kept then.
    """
    settings.store.mkdir(exist_ok=True)
    with _only_builder(settings, tell):
        stamp, wanted = settings.store / "site-stamp", _sources_hash(settings)
        site = settings.root / settings.site
        if not always and site.is_dir() and stamp.exists() and stamp.read_text() == wanted:
            return False
        tell(f"building {settings.site}/")
        fresh = settings.store / "site-new"
        shutil.rmtree(fresh, ignore_errors=True)
        _run(settings, fresh)
        if PLACE in settings.build:
            _put(fresh, site)
        stamp.write_text(wanted)
        return True


@contextlib.contextmanager
def _only_builder(settings: Settings, tell: Callable[[str], None]) -> Iterator[None]:
    """Let one build of a checkout follow the other: both would write in the same place."""
    with (settings.store / "site-lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("another build is at work in this checkout; this one follows it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(settings: Settings, fresh: Path) -> None:
    """Run the repository's builder; the site it makes has to be there then."""
    words = [word.replace(PLACE, str(fresh)) for word in shlex.split(settings.build)]
    tools = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{tools}:{os.environ.get('PATH', '/usr/bin:/bin')}",
        "NO_MKDOCS_2_WARNING": "1",
    }
    try:
        done = subprocess.run(words, cwd=settings.root, env=environment, capture_output=True, text=True, check=False)
    except OSError as error:
        hint = "run scripts/setup, or set `build` in [tool.proofbook]"
        raise ProofbookError(settings.build, f"cannot be started: {error.strerror}", hint) from None
    if done.returncode:
        raise ProofbookError(settings.build, f"ended with {done.returncode}:\n{(done.stdout + done.stderr).strip()}")
    if PLACE in settings.build and not fresh.is_dir():
        hint = f"let `build` in [tool.proofbook] write the site into {PLACE}"
        raise ProofbookError(settings.build, f"ended with 0, and has made no {PLACE}", hint)


def _put(fresh: Path, site: Path) -> None:
    """Put a folder in the place of another; who takes the lock to read finds the one or the other."""
    old = fresh.with_name("site-old")
    shutil.rmtree(old, ignore_errors=True)
    with SWAPPING:
        if site.exists():
            site.rename(old)
        fresh.rename(site)
    shutil.rmtree(old, ignore_errors=True)


def _sources_hash(settings: Settings) -> str:
    paths = [settings.root / name for name in settings.site_sources]
    return tree_hash([path for path in paths if path.exists()], settings.root)
