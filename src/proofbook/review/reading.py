"""Reads folders, files and archives into deployments; each log is diagnosed as it goes by."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from proofbook.diagnosis.diagnose import diagnose
from proofbook.errors import ProofbookError
from proofbook.pages.signatures import Catalogue
from proofbook.review.deployments import Deployment, of_journal, of_log, of_record
from proofbook.review.intake import BROKEN, Bomb, Source, sources
from proofbook.review.rehearsals import KEPT, MIX
from proofbook.review.watching import DEPLOYMENT, Watching

LONGEST_RECORD = 64 << 20
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz")
UNREAD = (".7z", ".rar")
RECORDS = ".jsonl"
# of faults that print the same text, those that the log does not rule out
LIKELY = 0.5
# what is no log at all is left aside, and takes nothing from what was read
NO_LOG = ("is no text", "the log is empty")


@dataclass(slots=True)
class Folder:
    """What one folder holds: it may be one deployment told twice, by a record and by a log."""

    records: list[Deployment] = field(default_factory=list)
    journals: list[Deployment] = field(default_factory=list)
    logs: list[Deployment] = field(default_factory=list)
    rehearsal: dict[str, Any] | None = None


@dataclass(slots=True)
class Read:
    """All that was read, and what was not, with the reason."""

    deployments: list[Deployment] = field(default_factory=list)
    rehearsals: list[tuple[dict[str, Any], Folder]] = field(default_factory=list)
    mix: dict[str, Any] | None = None
    files: int = 0
    left_aside: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Tell whether all that could be a log or a record was read."""
        return all(why in NO_LOG for _, why in self.left_aside)


def read_all(paths: Iterable[Path], catalogue: Catalogue, tell: Callable[[int, str], None] = lambda *_: None) -> Read:
    """Read everything; a file that is no log is left aside, with the reason.

    Raises ProofbookError for a path that cannot be read, and for an archive that no honest program has made.
    """
    read, folders = Read(), dict[str, Folder]()
    for path in paths:
        for source in sources(path):
            tell(read.files, str(source))
            read.files += 1
            try:
                _read(source, folders.setdefault(source.folder, Folder()), read, catalogue)
            except Bomb:
                raise
            except ProofbookError as error:
                read.left_aside.append((str(source), error.fact))
            except BROKEN as error:
                read.left_aside.append((str(source), str(error)))
    for name, folder in folders.items():
        if folder.rehearsal:
            read.rehearsals.append((folder.rehearsal, folder))
        else:
            read.deployments += _joined(name, folder, read.notes)
    return read


def _read(source: Source, folder: Folder, read: Read, catalogue: Catalogue) -> None:
    place, name = source.folder, str(source)
    if source.name.endswith(UNREAD):
        raise ProofbookError(name, "is an archive of a kind that is not read: unpack it, and name the folder")
    if source.name.endswith(ARCHIVES):
        raise ProofbookError(name, "is an archive inside of what was given: name it by itself")
    with source.open() as stream:
        if source.name in (KEPT, MIX):
            told = _object(name, stream)
            if source.name == MIX:
                read.mix = told
            else:
                folder.rehearsal = told
        elif source.name.endswith(RECORDS):
            _read_lines(name, place, stream, folder, catalogue)
        else:
            folder.logs.append(_diagnosed(name, place, stream, catalogue))


def _object(name: str, stream: IO[bytes]) -> dict[str, Any]:
    try:
        told = json.loads(stream.read(LONGEST_RECORD))
    except (ValueError, RecursionError) as error:
        raise ProofbookError(name, f"is no JSON: {error}") from None
    if not isinstance(told, dict):
        raise ProofbookError(name, "is no JSON object")
    return told


def _read_lines(name: str, place: str, stream: IO[bytes], folder: Folder, catalogue: Catalogue) -> None:
    """Read the lines of a record or of a journal; a line that a kill has torn tells nothing."""
    lines = list(_lines(name, stream))
    try:
        folder.journals += of_journal((line for line in lines if "event" in line), name, place)
        told = (of_record(line, f"{name}:{number}", place) for number, line in enumerate(lines, 1) if "runbook" in line)
        folder.records += [_with_known(each, catalogue) for each in told if each]
    except (KeyError, TypeError, AttributeError) as error:
        raise ProofbookError(name, f"is no record of a run: it lacks {error}") from None
    if lines and not any("event" in line or "runbook" in line for line in lines):
        raise ProofbookError(name, "holds JSON, and neither records of runs nor a journal of releases")


def _with_known(one: Deployment, catalogue: Catalogue) -> Deployment:
    """Count what a record names and no page knows as it is counted in a log: anything may stand in a record."""
    named, one.faults = one.faults, [code for code in one.faults if code in catalogue.known]
    one.unknown += len(named) - len(one.faults)
    return one


def _lines(name: str, stream: IO[bytes]) -> Iterator[dict[str, Any]]:
    text = stream.read(LONGEST_RECORD)
    if len(text) == LONGEST_RECORD:
        raise ProofbookError(name, f"is longer than a record can be ({LONGEST_RECORD >> 20} MB)")
    for line in text.decode("utf-8", "replace").splitlines():
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(told, dict):
            yield told


def _diagnosed(name: str, place: str, stream: IO[bytes], catalogue: Catalogue) -> Deployment:
    watching = Watching(stream)
    diagnosis = diagnose(watching, catalogue, name)  # type: ignore[arg-type]
    told = [code for code in watching.seen.told if code in catalogue.known]
    likely = [each.fault for each in diagnosis.found if each.score >= LIKELY]
    faults = list(dict.fromkeys([*told, *likely]))
    return of_log(watching.seen, faults, len(diagnosis.unknown) + diagnosis.more_unknown, name, place)


def _joined(name: str, folder: Folder, notes: list[str]) -> Iterator[Deployment]:
    """Count what a folder tells twice once: a journal knows most, then records, then logs."""
    ones = [each for each in folder.records if each.is_one]
    known = folder.journals or ones
    if folder.journals and ones:
        notes.append(f"{name}: the journal and the records of deploy tell the same, the journal was counted")
    yield from known
    yield from (each for each in folder.records if not each.is_one)
    logs = [each for each in folder.logs if each.is_one]
    # a log of a hook or of CI tells of what was checked before
    own = [each for each in folder.logs if each.layer in ("", DEPLOYMENT)]
    if len(known) == 1 and len(own) == 1:
        one, log = known[0], own[0]
        one.faults += [fault for fault in log.faults if fault not in one.faults]
        one.unknown, one.at = one.unknown + log.unknown, one.at or log.at
        yield from (each for each in folder.logs if each is not log)
        return
    for log in folder.logs:
        if known and log in logs:
            log.layer = ""
            log.ended = ""
        yield log
    if known and logs:
        notes.append(
            f"{name}: {len(logs)} logs lie beside {len(known)} recorded deployments; which belongs to which is not"
            " known, so the logs count for the faults in them only"
        )
