"""Packs the runbooks into one file that Python runs, the same bytes wherever it is made."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

NAME = "runbooks.pyz"
SHEBANG = b"#!/usr/bin/env python3\n"
LONG_AGO = (1980, 1, 1, 0, 0, 0)
UNIX, PLAIN_FILE = 3, 0o100644 << 16


def pack(files: Iterable[Path]) -> bytes:
    """Give the archive of these files: neither their order, times and modes nor a compressor's version is in it."""
    packed = io.BytesIO()
    packed.write(SHEBANG)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(files, key=lambda file: file.name):
            entry = zipfile.ZipInfo(file.name, LONG_AGO)
            entry.create_system, entry.external_attr = UNIX, PLAIN_FILE
            archive.writestr(entry, file.read_bytes())
    return packed.getvalue()


def checksum(packed: bytes) -> str:
    """Give the SHA-256 as readers compare it."""
    return hashlib.sha256(packed).hexdigest()


def publish_archive(packed: bytes, folder: Path) -> None:
    """Write the archive, and beside it the line that sha256sum --check reads."""
    folder.joinpath(NAME).write_bytes(packed)
    folder.joinpath(f"{NAME}.sha256").write_text(f"{checksum(packed)}  {NAME}\n", "utf-8")
