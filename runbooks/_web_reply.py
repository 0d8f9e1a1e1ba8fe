"""An answer of a website that must be complete by a given moment, however slowly it drips."""

from __future__ import annotations

import io
import time
from http.client import HTTPResponse
from socket import socket
from typing import Any


class Dripping(io.RawIOBase):
    """What comes through a socket until a moment that no byte puts off."""

    def __init__(self, line: socket, end: float) -> None:
        self.line, self.end = line, end
        self.raw = line.makefile("rb", buffering=0)

    def readable(self) -> bool:
        """Tell that it is there to be read."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what is there, and wait for it no longer than until then."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.line.settimeout(left)
        return self.raw.readinto(buffer)

    def close(self) -> None:
        """Let go of the socket."""
        self.raw.close()
        super().close()


def reply_until(end: float) -> type[HTTPResponse]:
    """Give what reads an answer, head and body, until then, and not for so long after each byte."""

    class Reply(HTTPResponse):
        def __init__(self, line: socket, *given: Any, **named: Any) -> None:
            super().__init__(line, *given, **named)
            self.fp.close()
            self.fp = io.BufferedReader(Dripping(line, end))

    return Reply
