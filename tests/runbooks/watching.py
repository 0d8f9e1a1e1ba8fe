"""Watches what everybody on a machine can see of its processes, and what runs have said, for secrets.

::

    with Watch("p@ss", ...) as watch:
        done = shop.run("deploy", "--apply", "--record", "records")
        watch.reads(done.out, done.err)        # outputs and tracebacks
        watch.reads_folder(shop.folder.parent) # records, manifests, what was left behind
    watch.saw("pg_dump")                       # it has really looked at that program

Leaving the block fails if a secret was seen in any spelling in which it may appear.
"""

import json
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, quote_plus

PAUSE = 0.01
YOUNG = 2  # seconds in which a program may become another one; after that its arguments are known


def spellings(secret: str) -> set[str]:
    """Give the forms in which a secret may stand in arguments, addresses, JSON, SQL and pass files."""
    return {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        secret.replace("'", "''"),
        secret.replace("\\", "\\\\").replace(":", "\\:"),
        repr(secret)[1:-1],
    }


class Watch:
    """One watch: it samples /proc until it ends."""

    def __init__(self, *secrets: str) -> None:
        self.forms = {form for secret in secrets for form in spellings(secret)}
        self.programs: set[str] = set()
        self.leaks: list[str] = []
        self.over = threading.Event()
        self.sampler = threading.Thread(target=self.sample, daemon=True)

    def __enter__(self) -> Self:
        self.sampler.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self.sampler.join()
        assert not self.leaks, self.leaks

    def sample(self) -> None:
        first: dict[str, float] = {}
        while not self.over.wait(PAUSE):
            there = {path.name for path in Path("/proc").glob("[0-9]*")}
            now = time.monotonic()
            first = {name: first.get(name, now) for name in there}
            for name in there:
                if now - first[name] < YOUNG:
                    self.read(Path("/proc", name, "cmdline"))

    def read(self, path: Path) -> None:
        try:
            words = path.read_bytes().decode(errors="replace").split("\0")
        except OSError:  # it has ended meanwhile
            return
        # a stand-in is a script: its shell comes first, and what it is called with is what the real one gets
        self.programs |= {word.rpartition("/")[2] for word in words[:2]}
        self.look(" ".join(words), f"the arguments of {words[0]}")

    def look(self, text: str, place: str) -> None:
        if any(form in text for form in self.forms):
            self.leaks.append(f"a secret is in {place}")

    def reads(self, *texts: str) -> None:
        """Look at what was said."""
        for text in texts:
            self.look(text, f"what was said: {text[:60]!r}")

    def reads_folder(self, folder: Path) -> None:
        """Look at every file in a folder."""
        for path in folder.rglob("*"):
            if path.is_file():
                self.look(path.read_bytes().decode(errors="replace"), path.name)

    def saw(self, *programs: str) -> None:
        """Fail unless these programs were among those that were looked at."""
        assert self.programs.issuperset(programs), sorted(self.programs)
