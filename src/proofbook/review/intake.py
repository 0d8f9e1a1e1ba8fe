"""Opens what is to be reviewed, one file after the other: folders, single files, and archives, which may be hostile."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Self

from proofbook.errors import ProofbookError

MOST_FILES = 20_000
# what may come out of an archive: so many times its own size, and so much whatever its size
MOST_TIMES, ALWAYS, NEVER_MORE = 200, 64 << 20, 4 << 30
ZIP, PACKED = b"PK\x03\x04", {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
TAR_MARK, TAR_AT = b"ustar", 257
HEAD = 512
BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile, NotImplementedError)
HOSTILE = "nothing of it was written anywhere; ask whoever made it"


class Bomb(ProofbookError):  # noqa: N818
    """An archive out of which more comes than an honest one holds: nothing more is read of it."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file to be read: the folder it lies in, its name, and what opens it as bytes."""

    folder: str
    name: str
    open: Callable[[], IO[bytes]]

    def __str__(self) -> str:
        """Give the path as a person would look for it."""
        return f"{self.folder}/{self.name}" if self.folder else self.name


class Bounded:
    """A stream of an archive that ends the reading when more comes out than an honest one holds."""

    def __init__(self, stream: IO[bytes], place: str, most: int) -> None:
        """Count from here on."""
        self.stream, self.place, self.most, self.read_so_far = stream, place, most, 0

    def read(self, size: int = -1) -> bytes:
        """Give the next bytes.

        Raises Bomb when there were too many.
        """
        left = self.most - self.read_so_far + 1
        found = self.stream.read(min(size, left) if size >= 0 else left)
        self.read_so_far += len(found)
        if self.read_so_far > self.most:
            fact = f"holds more than {self.most >> 20} MB, which its size does not explain: it may be a bomb"
            raise Bomb(self.place, fact, "unpack it where that does no harm, and give the folder")
        return found

    def __enter__(self) -> Self:
        """Take part in a with statement as any file does."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the archive open: it has more files."""


def sources(path: Path) -> Iterator[Source]:
    """Give each file of a folder or an archive, or the file itself.

    Raises ProofbookError when it cannot be read, or is an archive that no honest program has made.
    """
    try:
        if path.is_dir():
            yield from _of_folder(path)
            return
        with path.open("rb") as file:
            head = file.read(HEAD)
        if head.startswith(ZIP):
            yield from _of_zip(path)
        elif is_tar(path, head):
            yield from _of_tar(path, head)
        elif unpack := unpacker(head):
            yield Source(_as_text(path.parent), path.stem, lambda: _opened(path, unpack))
        else:
            yield Source(_as_text(path.parent), path.name, lambda: path.open("rb"))
    except BROKEN as error:
        raise ProofbookError(
            str(path), f"cannot be read: {_why(error)}", "give a log, a folder or an archive"
        ) from None


def unpacker(head: bytes) -> Any:
    """Give what unpacks a file that begins so, or None."""
    return next((unpack for mark, unpack in PACKED.items() if head.startswith(mark)), None)


def is_tar(path: Path, head: bytes) -> bool:
    """Tell whether it is a tar archive, packed or not."""
    if unpack := unpacker(head):
        with unpack(path, "rb") as packed:
            head = packed.read(HEAD)
    return head[TAR_AT : TAR_AT + len(TAR_MARK)] == TAR_MARK


def _of_folder(path: Path) -> Iterator[Source]:
    found = sorted(file for file in path.rglob("*") if file.is_file() and not file.is_symlink())
    if len(found) > MOST_FILES:
        raise ProofbookError(str(path), f"holds {len(found)} files, and {MOST_FILES} are read at most", "give a part")
    for file in found:
        yield Source(_as_text(file.parent), file.name, lambda file=file: file.open("rb"))  # type: ignore[misc]


def _as_text(folder: Path) -> str:
    return "" if folder == Path() else folder.as_posix()


def _opened(path: Path, unpack: Any) -> IO[bytes]:
    return Bounded(unpack(path, "rb"), str(path), _most(path))  # type: ignore[return-value]


def _most(path: Path) -> int:
    return min(max(ALWAYS, MOST_TIMES * path.stat().st_size), NEVER_MORE)


def _of_zip(path: Path) -> Iterator[Source]:
    most = _most(path)
    with zipfile.ZipFile(path) as archive:
        members = [each for each in archive.infolist() if not each.is_dir()]
        _few(path, len(members))
        for each in members:
            kind = each.external_attr >> 16 & 0o170000
            _honest(path, each.filename, is_plain=kind in {0, 0o100000})
            if each.flag_bits & 1:
                raise ProofbookError(f"{path}: {each.filename!r}", "is encrypted", "unpack it, and give the folder")
        left = most
        for each in members:
            bounded = Bounded(archive.open(each), str(path), left)
            yield _member(path, each.filename, bounded)
            left -= bounded.read_so_far


def _of_tar(path: Path, head: bytes) -> Iterator[Source]:
    unpack = unpacker(head)
    packed = unpack(path, "rb") if unpack else path.open("rb")
    with closing(packed):
        whole = Bounded(packed, str(path), _most(path))
        with tarfile.open(fileobj=whole, mode="r|") as archive:  # type: ignore[call-overload]
            for number, each in enumerate(archive):
                _few(path, number)
                _honest(path, each.name, is_plain=(each.isfile() and not each.issparse()) or each.isdir())
                stream = archive.extractfile(each) if each.isfile() else None
                if stream is not None:
                    yield _member(path, each.name, stream)


def _member(path: Path, name: str, stream: Any) -> Source:
    inner = PurePosixPath(name)
    folder = f"{path.as_posix()}:{inner.parent.as_posix() if inner.parent != PurePosixPath() else ''}"
    return Source(folder.rstrip(":"), inner.name, lambda: stream)


def _few(path: Path, number: int) -> None:
    if number > MOST_FILES:
        raise ProofbookError(str(path), f"holds more than {MOST_FILES} files", HOSTILE)


def _honest(path: Path, name: str, *, is_plain: bool) -> None:
    """Refuse what would leave its folder if it were unpacked, though nothing is unpacked here."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or ".." in parts or parts[0] == "/" or parts[0].endswith(":"):
        raise ProofbookError(f"{path}: {name!r}", "leads out of the archive, so the archive is refused", HOSTILE)
    if not is_plain:
        # the holes of a sparse file are read as zeros that no archive holds, so nothing would count them
        fact = "is a link or a device, or sparse, so the archive is refused"
        raise ProofbookError(f"{path}: {name!r}", fact, HOSTILE)


def _why(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
