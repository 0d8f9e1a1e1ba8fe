"""What goes between the preloaded interpreter and its clients: a call with its open files, and short answers."""

from __future__ import annotations

import _socket
import marshal
import sys

from .becoming import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST = 1 << 20
MOST_FILES = 253
SIZE_OF_NUMBER = 4


def accept(listener: Any) -> Any:
    """Take the next client."""
    file, _address = listener._accept()
    return _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET, 0, file)


def receive(client: Any) -> Call | None:
    """Read a call and the open files that came with it."""
    try:
        message, ancillary, _flags, _address = client.recvmsg(MOST, _socket.CMSG_SPACE(MOST_FILES * SIZE_OF_NUMBER))
    except OSError:
        return None
    if not message:
        return None
    numbers = b"".join(part for _level, _kind, part in ancillary)
    files = [
        int.from_bytes(numbers[at : at + SIZE_OF_NUMBER], sys.byteorder)
        for at in range(0, len(numbers), SIZE_OF_NUMBER)
    ]
    return Call(marshal.loads(message), files)  # noqa: S302


def tell(client: Any, message: bytes) -> None:
    """Answer a client, who may be gone."""
    try:
        client.send(message)
    except OSError:
        return
