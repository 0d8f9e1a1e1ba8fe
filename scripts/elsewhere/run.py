"""Makes each place, tries the runbooks there, and writes down what came of it."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import trials
from places import PLACES, Place
from running import ROOT, Site, Unexpected, server
from table import publish

from proofbook.lab.postgres import Server

sys.path.append(str(ROOT / "scripts"))
import set_up  # it lies beside, not in a package

BREAK = "DELETE FROM django_migrations WHERE app = 'auth' AND name = '0005_alter_user_last_login_null'"
VERSIONS = (
    "import json, sys; from importlib.metadata import version; print(json.dumps({n: version(n) for n in sys.argv[1:]}))"
)


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
    done: list[dict[str, Any]] = []
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    try:
        with tempfile.TemporaryDirectory(prefix="pb-sites-") as folder, server() as running:
            for place in wanted:
                tried = try_place(place, Path(folder, place.name), running)
                done.append({"date": today, "postgres": running.version, **tried})
    except Unexpected as error:
        print(f"scripts/try_elsewhere: {error}", file=sys.stderr)
        return 1
    if options.publish:
        publish(done, [each.name for each in PLACES])
    return 0


if __name__ == "__main__":
    sys.exit(main())
