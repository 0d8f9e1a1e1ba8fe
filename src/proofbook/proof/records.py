"""Keeps what was proven: per obligation or snippet and version set, with all that could change it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from proofbook.errors import ProofbookError

PASSED, FAILED, COULD_NOT_CHECK, SKIPPED, WAIVED = "passed", "failed", "could-not-check", "skipped", "waived"
SETTLED = (PASSED, WAIVED)


@dataclass(frozen=True, slots=True)
class Record:
    """The outcome of one obligation or snippet under one set of versions."""

    id: str
    state: str
    seconds: float
    date: str
    commit: str
    versions: Mapping[str, str]
    hash: str
    message: str = ""

    @property
    def page(self) -> str:
        """The page the record is about."""
        return self.id.partition("::")[0]

    @property
    def name(self) -> str:
        """The obligation's or snippet's own name."""
        return self.id.partition("::")[2]

    @property
    def postgres(self) -> str:
        """The PostgreSQL major version."""
        return self.versions.get("PostgreSQL", "").partition(".")[0]


class Records:
    """The records of a checkout, one file per page."""

    def __init__(self, folder: Path) -> None:
        """Work on the records below ``folder``; nothing is read yet."""
        self._folder = folder

    def of_page(self, page: str) -> list[Record]:
        """Give the records of one page; none when it was never proven."""
        file = self._file(page)
        try:
            return [Record(**entry) for entry in json.loads(file.read_text("utf-8"))]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError) as error:
            raise ProofbookError(
                str(file), f"is damaged: {error}", "remove the file; the page is proven again"
            ) from None

    def save(self, page: str, records: Iterable[Record]) -> None:
        """Write the records of a page beside those of other versions, replacing its own."""
        new = {(record.id, record.postgres): record for record in records}
        versions = {record.postgres for record in new.values()}
        kept = [record for record in self.of_page(page) if record.postgres not in versions]
        self._write(page, [*kept, *new.values()])

    def put(self, records: Iterable[Record]) -> None:
        """Write single records, keeping every other of their pages."""
        by_page: dict[str, dict[tuple[str, str], Record]] = {}
        for record in records:
            known = by_page.setdefault(record.page, {(old.id, old.postgres): old for old in self.of_page(record.page)})
            known[record.id, record.postgres] = record
        for page, known in by_page.items():
            self._write(page, list(known.values()))

    def all(self) -> Iterator[Record]:
        """Give every record of every page."""
        for file in sorted(self._folder.rglob("*.json")):
            yield from self.of_page(str(file.relative_to(self._folder).with_suffix("")))

    def _write(self, page: str, records: list[Record]) -> None:
        file = self._file(page)
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(f".{os.getpid()}.partial")
        ordered = sorted((asdict(record) for record in records), key=lambda entry: (entry["id"], entry["hash"]))
        partial.write_text(json.dumps(ordered, indent=1, sort_keys=True) + "\n", "utf-8")
        partial.replace(file)

    def _file(self, page: str) -> Path:
        return self._folder / f"{page}.json"


def tree_hash(paths: Iterable[Path], root: Path) -> str:
    """Give one hash of names and contents of files and folders, and of what may be run; bytecode left out."""
    digest = hashlib.sha256()
    for path in paths:
        files = sorted(entry for entry in path.rglob("*") if entry.is_file()) if path.is_dir() else [path]
        for file in files:
            if file.suffix != ".pyc" and file.exists():
                digest.update(f"{file.relative_to(root)}\0{os.access(file, os.X_OK):d}".encode())
                status = file.stat()
                digest.update(_content_hash(file, status.st_mtime_ns, status.st_size))
    return digest.hexdigest()


@cache
def _content_hash(file: Path, _changed: int, _size: int) -> bytes:
    """Give the hash of a file's content, read once as long as it is the same: every page depends on the same ones."""
    return hashlib.sha256(file.read_bytes()).digest()


def as_json(records: Iterable[Record], generated: str, commit: str) -> dict[str, Any]:
    """Give the published form of records: what ``site/proofs.json`` holds."""
    return {"generated": generated, "commit": commit, "proofs": [asdict(record) for record in records]}


def commit_of(root: Path) -> str:
    """Give the short name of the checked-out commit, ``+`` after it when files differ, or nothing."""

    def git(*words: str) -> str:
        try:
            done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)
        except OSError:
            return ""
        return done.stdout.strip() if done.returncode == 0 else ""

    name = git("rev-parse", "--short=8", "HEAD")
    return f"{name}+" if name and git("status", "--porcelain", "--untracked-files=no") else name
