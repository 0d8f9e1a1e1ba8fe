"""Chooses where a run keeps what it makes: in memory where there is room, else among the temporary files."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

IN_MEMORY = Path("/dev/shm")  # noqa: S108
ROOM = 2 << 30


def checkout_key(root: Path) -> str:
    """Give the name by which this checkout marks what it makes: ``proofbook_`` and eight hex digits."""
    return "proofbook_" + hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:8]


def run_folder(root: Path) -> Path:
    """Give the folder of a checkout's run: short, because a socket's path may have 107 bytes."""
    return _folder_in(_place(), root)


def swept_folders(root: Path) -> list[Path]:
    """Give every folder that a run of this checkout may have had, whatever its environment said."""
    places = dict.fromkeys((_place(), Path(tempfile.gettempdir()), IN_MEMORY))
    return [_folder_in(place, root) for place in places]


def _folder_in(place: Path, root: Path) -> Path:
    return place / checkout_key(root).replace("_", "-")


def _place() -> Path:
    """Give the place by its whole size, not by what is free: every process of a run must find the same one."""
    if os.environ.get("TMPDIR") or not _has_room(IN_MEMORY):
        return Path(tempfile.gettempdir())
    return IN_MEMORY


def _has_room(place: Path) -> bool:
    """Tell whether the sandboxes of a run fit, and programs may be started there."""
    try:
        found = os.statvfs(place)
    except OSError:
        return False
    is_barred = bool(found.f_flag & (os.ST_NOEXEC | os.ST_RDONLY))
    return found.f_blocks * found.f_frsize >= ROOM and not is_barred and os.access(place, os.W_OK | os.X_OK)
