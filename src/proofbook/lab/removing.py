"""Removes what is not needed any more while the next sandbox is at work already."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

MOST_WAITING = 4


@dataclass(slots=True)
class Removing:
    """One thread that removes, and at most a few things that wait for it: the disk has an end."""

    _thread: ThreadPoolExecutor | None = None
    _waiting: list[Future[None]] = field(default_factory=list)

    def do(self, remove: Callable[[], None], *, later: bool) -> None:
        """Remove something now or later; what went wrong with an earlier one is raised here."""
        if not later:
            remove()
            return
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="removing")
        self._waiting.append(self._thread.submit(remove))
        while len(self._waiting) > MOST_WAITING:
            self._waiting.pop(0).result()

    def settle(self) -> None:
        """Wait for all of it."""
        while self._waiting:
            self._waiting.pop(0).result()


def move_away(folder: Path, place: Path) -> Path:
    """Put a folder out of the way at once and give where it is now; where that fails it stays."""
    try:
        place.mkdir(exist_ok=True)
        return folder.rename(place / folder.name)
    except OSError:
        return folder
