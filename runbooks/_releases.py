"""The journal of a database's deployments: what each of them has done so far, on disk before the next thing begins."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from _folder import flush_folder
from _journal import Journal

FREE = ("why",)  # the facts that nobody acts upon, and that others have worded: only they can hold a secret
ENDS = ("deployed", "went back", "gave up")


@dataclass(slots=True)
class Deployment:
    """One deployment: the release, and what has happened, the latest last."""

    release: str
    began: str
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def stage(self) -> str:
        """Give the last thing that was noted."""
        return str(self.events[-1]["event"])

    @property
    def is_open(self) -> bool:
        """Tell whether it was interrupted, or is at work now."""
        return self.stage not in ENDS

    def is_going_back(self) -> bool:
        return self.is_open and self.has("goes back")

    def has(self, event: str) -> bool:
        return any(each["event"] == event for each in self.events)

    def fact(self, name: str, usual: Any = None) -> Any:
        """Give the latest fact of a name that was noted."""
        return next((each[name] for each in reversed(self.events) if name in each), usual)

    def __str__(self) -> str:
        return f"{self.release}, begun {self.began}: {self.stage}"


@dataclass(frozen=True, slots=True)
class Releases:
    """One file of JSON lines beside the backups, open to its owner only."""

    path: Path
    redact: Callable[[str], str]
    server: str = ""  # PostgreSQL's own name of it: two of them may share the folder, with databases of one name

    # --8<-- [start:note]
    def note(self, event: str, **facts: Any) -> None:
        """Write what is about to happen or has happened, and return only when it is on disk."""
        free = {name: self.redact(facts[name]) for name in FREE if name in facts}
        line = json.dumps({"event": event, "at": now(), "server": self.server, **facts, **free})
        torn = self.path.exists() and not self.path.read_bytes().endswith(b"\n") and self.path.stat().st_size
        Journal(self.path).write([*([""] if torn else []), line])
        flush_folder(self.path.parent)

    # --8<-- [end:note]

    def read(self) -> list[Deployment]:
        """Give all deployments, the newest last; a line that a kill has torn was never acted upon."""
        found: list[Deployment] = []
        for line in self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else ():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if not self.is_ours(event):
                continue
            if event["event"] == "began":
                found.append(Deployment(event["release"], event["at"]))
            for each in [found[number - 1] for number in event.get("undoes", [len(found)])]:
                each.events.append(event)
        return found

    def is_ours(self, event: dict[str, Any]) -> bool:
        """Tell whether it was noted of this server; one that nobody named counts."""
        return not self.server or event.get("server", "") in {"", self.server}


def in_force(found: list[Deployment]) -> list[Deployment]:
    """Give the deployments that were not taken back, and are not at work."""
    return [each for each in found if each.stage == "deployed"]


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def releases_of(folder: str, database: str, server: str, redact: Callable[[str], str]) -> Releases:
    """Name the journal of a database."""
    return Releases(Path(folder) / f"{database.replace('/', '_')}.releases.jsonl", redact, server)
