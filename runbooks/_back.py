"""What a way back leads to: the state before the oldest of some deployments, as the journal tells it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import _databases
from _deploying import Deploying
from _labels import Labels
from _releases import Deployment


@dataclass(frozen=True, slots=True)
class Back:
    """What to go back to: the state before the oldest of some deployments."""

    undone: Sequence[tuple[int, Deployment]]
    previous: str
    forced: str = ""

    @property
    def oldest(self) -> Deployment:
        return self.undone[-1][1]

    @property
    def before(self) -> list[str]:
        found: list[str] = self.oldest.fact("before", [])
        return found

    @property
    def backup(self) -> Path | None:
        path = self.oldest.fact("backup")
        return Path(path) if path else None

    @property
    def columns(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = self.oldest.fact("columns", {})
        return found

    @property
    def made(self) -> Labels:
        """Give what Django has written of its own in all of them."""
        found: dict[str, list[str]] = {}
        for _, each in self.undone:
            for name, keys in each.fact("made", {}).items():
                found[name] = [*found.get(name, []), *keys]
        return found

    @property
    def way(self) -> str:
        """Give how schema and data come back: reversing only where the rehearsal has shown that it is exact."""
        ways = {each.fact("way", "restore") for _, each in self.undone if each.has("migrates")}
        return "nothing" if not ways else self.forced or ("reverse" if ways == {"reverse"} else "restore")

    def switched(self) -> bool:
        return any(each.has("switches") for _, each in self.undone)

    def restored(self, case: Deploying) -> str | None:
        """Name the database that this way back has already put aside, if a kill came after that."""
        begun = next((each["at"] for each in reversed(self.newest.events) if each["event"] == "restores"), None)
        aside = _databases.newest_aside(case.server, case.name) if begun else None
        return aside if aside and begun and aside[-15:] >= re.sub(r"[-:]", "", begun)[:15].replace("T", "_") else None

    @property
    def numbers(self) -> list[int]:
        return [number for number, _ in self.undone]

    @property
    def newest(self) -> Deployment:
        return self.undone[0][1]
