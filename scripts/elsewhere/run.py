"""Makes each place, tries the runbooks there, and writes down what came of it."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import trials
from places import PLACES, Place
from table import table

from proofbook.lab.cluster import Cluster, find_tools
from proofbook.lab.lab import sandbox_account
from proofbook.lab.ownership import give
from proofbook.lab.postgres import Server

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "scripts"))
import set_up  # noqa: E402  # it lies beside, not in a package

RUNBOOKS = ROOT / "runbooks"
PAGE = ROOT / "docs/reference"
LIMIT = 900
# what differs between two dumps of the same: pg_dump's own key, and the number the history has come to
IDLE = re.compile(r"\\(un)?restrict |SELECT pg_catalog.setval\('public.django_migrations_id_seq'")
BREAK = "DELETE FROM django_migrations WHERE app = 'auth' AND name = '0005_alter_user_last_login_null'"
VERSIONS = (
    "import json, sys; from importlib.metadata import version; print(json.dumps({n: version(n) for n in sys.argv[1:]}))"
)


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


def try_place(place: Place, folder: Path, running: Server) -> dict[str, Any]:
    """Make one place and try everything there."""
    print(f"{place.name}:", flush=True)
    site = Site(place, folder / "site", running)
    set_up.make(ROOT / f".venv-{place.lock}", place.name, [f"{place.lock}.txt"], sys.executable)
    site.folder.mkdir(parents=True)
    for name in (site.database, f"{site.database}_reports"):
        site.psql(f"CREATE DATABASE {name}", "postgres")
    place.make(site.folder, site.run)
    for alias in ("default", *(["reports", "archive"] if place.name == "nested" else [])):
        site.run("python", "manage.py", "migrate", "--verbosity", "0", "--database", alias)
    fill(site)
    for trial in trials.trials(place):
        site.attempt(trial)
    try_backup(site)
    try_repair(site)
    try_deployment(site)
    if place.name == "nested":
        site.attempt(trials.backup("--database", "reports"))
        site.attempt(trials.NO_POSTGRESQL)
    count = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    return {
        "name": place.name,
        "what": place.what,
        "versions": json.loads(site.run("python", "-c", VERSIONS, *place.packages)),
        "migrations": int(site.psql("SELECT count(*) FROM django_migrations")),
        "tables": int(site.psql(count)),
        "trials": site.trials,
    }


def fill(site: Site) -> None:
    """Put some rows in: a user, and what the migrations have not made by themselves."""
    site.environment["DJANGO_SUPERUSER_PASSWORD"] = "not-a-secret-here"  # noqa: S105
    site.run("python", "manage.py", "createsuperuser", "--noinput", "--username", "keeper", "--email", "k@example.com")
    del site.environment["DJANGO_SUPERUSER_PASSWORD"]


def try_backup(site: Site) -> None:
    """Back up, verify, lose all sessions' and users' rows, restore, and undo: each time all of it must be there."""
    before = site.holds()
    site.attempt(trials.backup())
    dump = next(iter(sorted((site.folder / "backups").glob(f"{site.database}_*.dump"))))
    name = str(dump.relative_to(site.folder))
    site.attempt(trials.verify(name))
    site.psql(
        "DELETE FROM django_migrations; CREATE TABLE written_since (id int); INSERT INTO written_since VALUES (1)"
    )
    damaged = site.holds()
    site.attempt(trials.restore(name))
    site.compare(before, "after the restore")
    site.attempt(trials.UNDO)
    site.compare(damaged, "after the undo")
    site.attempt(trials.restore(name))
    site.compare(before, "after the second restore")


def try_repair(site: Site) -> None:
    """Make the history inconsistent, see Django refuse, and repair it."""
    before = len(site.psql("SELECT app, name FROM django_migrations").splitlines())
    site.psql(BREAK)
    try:
        site.run("python", "manage.py", "migrate", "--plan")
    except Unexpected as error:
        if "InconsistentMigrationHistory" not in str(error):
            raise
    else:
        raise Unexpected(f"{site.place.name}: Django accepts the history that was broken")
    site.attempt(trials.REPAIR)
    site.run("python", "manage.py", "migrate", "--check")
    if len(site.psql("SELECT app, name FROM django_migrations").splitlines()) != before:
        raise Unexpected(f"{site.place.name}: the repaired history is not the one before")


def try_deployment(site: Site) -> None:
    """Deploy a release with a migration that makes a table, and go back to the release before it."""
    site.run("python", "manage.py", "migrate", "sessions", "zero", "--verbosity", "0")
    before = site.holds()
    site.attempt(trials.DEPLOY)
    site.run("python", "manage.py", "migrate", "--check")
    site.attempt(trials.ROLL_BACK)
    site.compare(before, "after the rollback")
    site.run("python", "manage.py", "migrate", "--verbosity", "0")


def main() -> int:
    """Try all places, or those that are named."""
    parser = argparse.ArgumentParser(prog="scripts/try_elsewhere", description=__doc__)
    parser.add_argument("--publish", action="store_true", help="write the table of its page")
    parser.add_argument("place", nargs="*", help=f"one of: {', '.join(each.name for each in PLACES)}; all unless said")
    options = parser.parse_args()
    wanted = [each for each in PLACES if not options.place or each.name in options.place]
    if len(wanted) < len(set(options.place)):
        parser.error(f"there is no place {', '.join(set(options.place) - {each.name for each in PLACES})}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the server must not outlive this
    told: dict[str, Any] = {"machine": machine(), "places": []}
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    try:
        with tempfile.TemporaryDirectory(prefix="pb-sites-") as folder, server() as running:
            for place in wanted:
                tried = try_place(place, Path(folder, place.name), running)
                told["places"].append({"date": today, "postgres": running.version, **tried})
    except Unexpected as error:
        print(f"scripts/try_elsewhere: {error}", file=sys.stderr)
        return 1
    if options.publish:
        publish(told)
    return 0


def publish(told: dict[str, Any]) -> None:
    """Write what came of it beside its page; a place that was not tried now keeps what it had."""
    file = PAGE / "elsewhere.json"
    kept = json.loads(file.read_text("utf-8"))["places"] if file.exists() else []
    known = {each["name"]: each for each in [*kept, *told["places"]]}
    told["places"] = [known[each.name] for each in PLACES if each.name in known]
    file.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    (PAGE / "elsewhere.txt").write_text(table(told), "utf-8")
    print("published in docs/reference/elsewhere.txt")


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"


if __name__ == "__main__":
    sys.exit(main())
