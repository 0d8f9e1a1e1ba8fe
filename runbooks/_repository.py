"""What the runbooks know of the project's git repository; they only read it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from _step import CouldNotTell

ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C.UTF-8", "GIT_PAGER": "cat"}


@dataclass(frozen=True, slots=True)
class Change:
    """One file that is not as it was: edited, deleted or renamed; paths are from the repository's root."""

    kind: str
    before: str
    path: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a file came to the branch that is checked out: a later one has the higher rank."""

    rank: float
    says: str


class Repository:
    """The repository a folder lies in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = str(folder)
        self.root = self.run("rev-parse", "--show-toplevel").strip()

    def run(self, *words: str, **environment: str) -> str:
        """Run git and give what it printed."""
        try:
            done = subprocess.run(
                ["git", "-C", self.root, *words],
                env={**os.environ, **ENVIRONMENT, **environment},
                stdin=subprocess.DEVNULL,
                encoding="utf-8",
                errors="replace",
                capture_output=True,
                check=False,
            )
        except OSError as error:
            raise CouldNotTell(f"cannot run git: {error.strerror}", "install git") from None
        if done.returncode:
            raise CouldNotTell(f"git {words[0]}: {done.stderr.strip() or f'ended with {done.returncode}'}")
        return done.stdout

    def commit(self, revision: str) -> str:
        """Give the commit that a tag, a branch or a hash means."""
        try:
            return self.run("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").strip()
        except CouldNotTell:
            raise CouldNotTell(
                f"the repository does not know {revision}",
                "fetch it: git fetch --tags, or a checkout with its whole history",
            ) from None

    def has(self, commit: str) -> bool:
        """Tell whether what is checked out stands on a commit."""
        return self.run("merge-base", commit, "HEAD").strip() == commit

    def changes(self, commit: str, folders: Sequence[str]) -> list[Change]:
        """Give what was edited, deleted or renamed in some folders since a commit, committed or not."""
        words = ["diff", "--name-status", "-z", "--find-renames", "--diff-filter=MDRT", "--no-ext-diff", commit, "--"]
        with self.copied_index() as index:
            told = iter(self.run(*words, *folders, GIT_INDEX_FILE=index).split("\0"))
        found = []
        for status in told:
            if status:
                before = next(told)
                found.append(Change(status[0], before, next(told) if status[0] == "R" else before))
        return found

    @contextmanager
    def copied_index(self) -> Iterator[str]:
        """Hold a copy of the index: a diff writes into it, and somebody may be at work."""
        with tempfile.TemporaryDirectory() as folder:
            copy = str(Path(folder, "index"))
            # git reads again what is not older than its index, so the copy keeps the index's time
            shutil.copy2(Path(self.run("rev-parse", "--absolute-git-dir").strip(), "index"), copy)
            yield copy

    def text(self, commit: str, path: str) -> str:
        """Give a file as it was."""
        return self.run("show", "--no-textconv", f"{commit}:{path}")

    def arrival(self, file: str) -> Arrival:
        """Tell when a file came to the line of work that is checked out: by itself, or by a merge."""
        words = ["log", "-1", "--first-parent", "-m", "--diff-filter=A", "--format=%H %h %cs %s", "HEAD", "--", file]
        told = self.run(*words).strip().splitlines()
        if not told:
            return Arrival(float("inf"), "is not committed yet")
        commit, says = told[0].split(" ", 1)
        return Arrival(int(self.run("rev-list", "--first-parent", "--count", commit)), f"came with {says}")
