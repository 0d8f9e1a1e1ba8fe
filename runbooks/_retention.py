"""Which backups of a database are kept: the newest that were verified, and all that came after them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _case import Case
from _folder import flush_folder, is_claimed, only_one
from _manifest import checksum, load, manifest_of
from _numbers import at_least
from _step import Refused

KEEP = 7
SUFFIX, PARTIAL = ".dump.json", ".partial"


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup: its file, and what its manifest says."""

    dump: Path
    manifest: dict[str, Any]

    def is_whole(self) -> bool:
        """Tell whether the file is still what was written."""
        size = self.dump.stat().st_size if self.dump.is_file() else -1
        return bool(size == self.manifest["bytes"] and checksum(self.dump) == self.manifest["sha256"])

    def is_verified(self) -> bool:
        """Tell whether it has been restored and compared, and is still that file."""
        return bool(self.manifest.get("verified")) and self.is_whole()


def backups_of(folder: Path, database: str, server: str) -> list[Backup]:
    """Give the backups of one database of one server, the newest first; half a backup is none."""
    found = []
    for path in folder.glob(f"*{SUFFIX}"):
        manifest = load(path)
        if manifest and (manifest["database"], manifest["server_id"]) == (database, server):
            found.append(Backup(path.with_suffix(""), manifest))
    return sorted(
        (each for each in found if each.dump.is_file()), key=lambda each: each.manifest["stamp"], reverse=True
    )


# --8<-- [start:surplus]
def surplus(backups: list[Backup], keep: int) -> list[Backup]:
    """Give those older than the last so many verified ones; with fewer of them, nothing is too much."""
    verified = 0
    for place, each in enumerate(backups):
        verified += each.is_verified()
        if verified == keep:
            return backups[place + 1 :]
    return []


# --8<-- [end:surplus]


# --8<-- [start:remove]
def remove(backup: Backup) -> None:
    """Remove one, unless it is gone: a kill in between leaves a partial file, which the next run sweeps."""
    if not backup.dump.exists():
        return
    partial = backup.dump.with_name(backup.dump.name + PARTIAL)
    backup.dump.rename(partial)
    manifest_of(backup.dump).unlink()
    partial.unlink()
    flush_folder(backup.dump.parent)


# --8<-- [end:remove]


def sweep(folder: Path, pattern: str) -> None:
    """Remove what killed runs left, under the folder's lock; a dump that is being written is held by its run."""
    for left in folder.glob(f"{pattern}.dump{PARTIAL}"):
        if not is_claimed(left):
            manifest_of(left.with_suffix("")).unlink(missing_ok=True)
            left.unlink()
    for left in folder.glob(f"{pattern}{SUFFIX}{PARTIAL}"):
        left.unlink()


def newest(place: Path, database: str, server: str) -> Path:
    """Give the file that is meant: itself, or the newest backup of the database in a folder."""
    if not place.is_dir():
        return place
    if not (found := backups_of(place, database, server)):
        raise Refused(f"{place} holds no backup of {database}", "name the file itself with --from")
    return found[0].dump


class Keeping(Case):
    """What a run knows of the folder with the backups, and of whose they are."""

    folder: Path
    name: str
    server: dict[str, Any]
    surplus: list[Backup]


# --8<-- [start:plan_removal]
def plan_removal(case: Keeping) -> list[str]:
    """Name what is older than the last verified ones; what was never verified never pushes one out."""
    found = backups_of(case.folder, case.name, case.server["id"])
    case.surplus = surplus(found, case.options.keep)
    return [f"remove {each.dump} and its manifest" for each in case.surplus]


def undo_removal(_: Keeping) -> list[str]:
    return ["nothing brings them back: to keep one, move it and its manifest elsewhere first"]


def remove_surplus(case: Keeping) -> list[str]:
    with only_one(case.folder):
        for each in case.surplus:
            remove(each)
    return [f"removed {len(case.surplus)}"]


# --8<-- [end:plan_removal]


at_least_one = at_least(1, "the last verified backup is never removed")
