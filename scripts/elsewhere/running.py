"""One place, made and running on a PostgreSQL of its own: what is typed there, and what came of it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trials
from places import Place

from proofbook.lab.cluster import Cluster, find_tools
from proofbook.lab.lab import sandbox_account
from proofbook.lab.ownership import give
from proofbook.lab.postgres import Server

ROOT = Path(__file__).parents[2]
RUNBOOKS = ROOT / "runbooks"
LIMIT = 900
# what differs between two dumps of the same: pg_dump's own key, and the number the history has come to
IDLE = re.compile(r"\\(un)?restrict |SELECT pg_catalog.setval\('public.django_migrations_id_seq'")


class Unexpected(Exception):  # noqa: N818  # it is no error of this program
    """Something ended in a way it should not have."""


@contextmanager
def server() -> Iterator[Server]:
    """Give a PostgreSQL of its own, with a role that owns nothing else."""
    folder = Path(tempfile.mkdtemp(prefix="pb-elsewhere-"))
    give(folder, sandbox_account())
    tools = find_tools(ROOT / ".venv-lab/bin/python", "18")
    cluster = Cluster(tools, folder / "data", sandbox_account(), {"PATH": "/usr/bin:/bin", "HOME": str(folder)})
    folder.chmod(0o711)
    try:
        cluster.create()
        yield cluster.start(folder / "s", "elsewhere")
    finally:
        cluster.stop(mode="immediate")
        shutil.rmtree(folder)


class Site:
    """One place, made and running: what is typed there, and what came of it."""

    def __init__(self, place: Place, folder: Path, running: Server) -> None:
        self.place, self.folder = place, folder
        self.tools = str(running.tools)
        self.socket = str(Path(str(running.data)).parent / "s")
        self.database = re.sub(r"\W", "_", place.name)
        self.environment = self.environment_of()
        self.trials: list[dict[str, Any]] = []

    def environment_of(self) -> dict[str, str]:
        own = ROOT / f".venv-{self.place.lock}/bin"
        return {
            "PATH": f"{own}:{self.tools}:/usr/bin:/bin",
            "HOME": str(self.folder.parent),
            "LANG": "C.UTF-8",
            "SITE_HOST": self.socket,
            "SITE_DATABASE": self.database,
            "SITE_REPORTS_DATABASE": f"{self.database}_reports",
            "PYTHONDONTWRITEBYTECODE": "1",
            **self.place.variables,
        }

    def run(self, *words: str) -> str:
        """Run a command that must succeed."""
        program = shutil.which(words[0], path=self.environment["PATH"]) or words[0]
        done = subprocess.run(
            [program, *words[1:]],
            cwd=self.folder,
            env=self.environment,
            text=True,
            capture_output=True,
            check=False,
            timeout=LIMIT,
        )
        if done.returncode:
            raise Unexpected(f"{' '.join(words)} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-2000:]}")
        return done.stdout

    def psql(self, statement: str, database: str = "") -> str:
        flags = ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.socket, "-U", "elsewhere"]
        return self.run("psql", *flags, "-d", database or self.database, "-c", statement).strip()

    def holds(self) -> list[str]:
        """Give all that the database holds, line by line."""
        text = self.run("pg_dump", "-h", self.socket, "-U", "elsewhere", "--inserts", self.database)
        lines = (line for line in text.splitlines() if not IDLE.match(line))
        return sorted(line if line.startswith("INSERT") else plain(line) for line in lines)

    def attempt(self, trial: trials.Trial) -> None:
        """Call a runbook, and write down how it ended."""
        command = [sys.executable, str(RUNBOOKS / f"{trial.runbook}.py"), *trial.flags]
        began = time.monotonic()
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, text=True, capture_output=True, check=False, timeout=LIMIT
        )
        seconds = time.monotonic() - began
        said = done.stdout + done.stderr
        for secret in (value for name, value in self.place.variables.items() if "SECRET" in name or "PASSWORD" in name):
            if secret in said:
                raise Unexpected(f"{trial.runbook} says a secret")
        if done.returncode not in trial.ends:
            raise Unexpected(f"{self.place.name}: {trial.what} ended with {done.returncode}:\n{said[-3000:]}")
        self.note(trial.what, shown(trial), done.returncode, seconds, trial.told(done.stdout))

    def note(self, what: str, command: str, code: int, seconds: float, found: str) -> None:
        for path, name in ((f"{RUNBOOKS}/", "runbooks/"), (f"{self.folder}/", ""), (self.socket, "...")):
            found = found.replace(path, name)
        found = re.sub(r"\d{8}_\d{6}", "<time>", found)
        entry = {"what": what, "command": command, "exit": code, "seconds": round(seconds, 1), "found": found}
        self.trials.append(entry)
        print(f"  {what:<24} {code}  {seconds:6.1f} s  {found[:120]}", flush=True)

    def compare(self, before: list[str], what: str) -> None:
        """See that the database holds what it held."""
        after = self.holds()
        if after != before:
            lost = [line for line in before if line not in after][:5]
            raise Unexpected(f"{self.place.name}: {what}, {len(before)} lines before, {len(after)} after; lost {lost}")


def plain(line: str) -> str:
    """Write an expression without casts and brackets: PostgreSQL sets them anew when it reads its own text."""
    return re.sub(r"::[a-z ]+(\(\d+\))?(\[\])?|[()]", "", line)


def shown(trial: trials.Trial) -> str:
    flags = ["FILE" if flag.endswith(".dump") else flag for flag in trial.flags if flag != "--json"]
    return " ".join([trial.runbook, *flags])
