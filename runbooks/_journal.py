"""The journal of a run: the rows it changed, on disk before they are committed, so that they can be set back."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

END = '"done"\n'


@dataclass(frozen=True, slots=True)
class Journal:
    """One file of JSON lines, open to its owner only."""

    path: Path

    def write(self, lines: Iterable[str]) -> None:
        """Add lines, and return only when they are on disk."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(opened, "w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())

    def end(self) -> None:
        """Note that the run came to its end."""
        self.write([END.rstrip()])

    def is_open(self) -> bool:
        """Tell whether a run was killed while it wrote this journal."""
        return self.path.suffix == ".jsonl" and not self.path.read_text(encoding="utf-8").endswith(END)

    def read(self) -> list[str]:
        """Give the lines about rows; of a line that was cut short its batch was never committed."""
        text = self.path.read_text(encoding="utf-8")
        return [line for line in text.splitlines(keepends=True) if line.startswith("[") and line.endswith("]\n")]

    def undone(self) -> Path:
        """Give the name it has once its rows have been set back."""
        return self.path.with_suffix(".undone")


def find_journal(folder: str | None, *names: str) -> Journal:
    """Name the journal: that of a run that was killed is carried on, one that ended is kept."""
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    place = Path(folder) if folder else state / "proofbook"
    stem = re.sub(r"[^\w-]", "_", "-".join(names))
    kept = sorted(place.glob(f"{stem}-[0-9]*"), key=lambda path: int(path.stem.rpartition("-")[2]))
    if kept and Journal(kept[-1]).is_open():
        return Journal(kept[-1])
    return Journal(place / f"{stem}-{len(kept) + 1}.jsonl")
