"""Ends a fork as Python ends, but for taking apart what the end of a process frees at once."""

from __future__ import annotations

import atexit
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType
    from typing import Any


class Ending:
    """Runs last of all that a program wants done at its end; the status stays unknown where Python must end it."""

    def __init__(self, preloaded: Mapping[str, ModuleType]) -> None:
        """Keep the modules that were there before the program was."""
        self.preloaded = preloaded
        self.status: int | None = None
        # a ring that the collector never looks at is never taken apart
        ring: list[Any] = [preloaded]
        ring.append(ring)
        atexit.register(self.last)

    def by(self, error: BaseException | None) -> None:
        """Note how a program's last error, or none, ends it."""
        if error is None:
            self.status = 0
        elif isinstance(error, SystemExit):
            self.status = _status_of(error.code)
        elif type(error) is not KeyboardInterrupt:
            self.status = 1

    def last(self) -> None:
        """Leave to Python's own end what the program has imported itself, and what stands after that to nobody."""
        for name, module in self.preloaded.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
        # what a library in C has written is flushed by the real end only
        if self.status is None or "_ctypes" in sys.modules:
            return
        streams = [stream for stream in (sys.stdout, sys.stderr) if stream is not None]
        try:
            for stream in streams:
                stream.flush()
        except (OSError, ValueError):
            return
        sys.after_all_else = _AfterAllElse(self.status, streams)  # type: ignore[attr-defined]


class _AfterAllElse:
    """Lives where Python cleans up last, and ends the process there."""

    def __init__(self, status: int, streams: list[Any]) -> None:
        self.status, self.streams, self.exit, self.error = status, streams, os._exit, Exception

    def __del__(self) -> None:
        try:
            for stream in self.streams:
                stream.flush()
        except self.error:
            return
        self.exit(self.status)


def _status_of(code: Any) -> int:
    """Give the exit status that Python makes of ``SystemExit``'s code."""
    if code is None:
        return 0
    return code & 255 if isinstance(code, int) else 1
