"""The environment while modules are imported ahead: whose value a module has read may not differ later."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

# its answers depend on the reader's home, and nothing that imports it keeps them: imported anew by who asks
FORGOTTEN = frozenset(("sysconfig",))
THROUGH = frozenset(("posixpath", "os", "collections.abc"))


class Watched(type(os.environ)):  # type: ignore[misc]
    """An environment that notes which variables are read."""

    readers: dict[bytes, str] = {}  # noqa: RUF012

    def __getitem__(self, name: str) -> str:
        """Note the name and give its value."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_globals.get("__name__") in THROUGH:
            frame = frame.f_back
        reader = frame.f_globals.get("__name__", "") if frame is not None else ""
        if reader not in FORGOTTEN:
            self.readers.setdefault(os.fsencode(name), reader)
        return super().__getitem__(name)  # type: ignore[no-any-return]
