"""Backup, verification and restore are killed at every moment that matters: nothing is lost, and all can be rerun."""

import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.runbooks.guarded import full, guarded, left, own, succeeds  # noqa: F401  # some are fixtures
from tests.runbooks.killing import kill_everywhere
from tests.runbooks.trials import tried

import _manifest

pytestmark = pytest.mark.slow
BACKUP = ("backup_database", "--project", "..", "--into", "backups", "--record", "records", "--apply")
VERIFY = ("verify_backup", "--project", "..", "--from", "backups", "--record", "records")
RESTORE = ("restore_database", "--project", "..", "--from", "backups/kept.dump", "--record", "records", "--apply")
HARM = "UPDATE stock_item SET name = 'wrong'; DELETE FROM sales_sale WHERE id > 10"


def backups(shop):
    """Give what counts as a backup; what is half written must not."""
    found = [path.with_suffix("") for path in (shop.folder / "backups").glob("*.dump.json")]
    return [dump for dump in found if dump.exists() and _manifest.read_manifest(dump)]


@pytest.fixture
def before(own, full):  # noqa: F811
    return own.dump(full)


def test_a_backup_that_is_killed_leaves_no_half_one_and_can_be_run_again(guarded, before):  # noqa: F811
    def holds(shop, _moment):
        counted = len(backups(shop))
        assert shop.server.dump(shop.database) == before
        again = succeeds(shop, *BACKUP)
        assert (len(backups(shop)), "nothing to do" in again.out) == (1, counted == 1 or "\n     wrote" in again.out)
        succeeds(shop, *VERIFY)
        assert left(shop, *VERIFY) == []
        return "it was whole already" if counted else "no backup counted; the next run wrote a whole one"

    for moment, happened in kill_everywhere(guarded, BACKUP, holds):
        tried("killed with SIGKILL", f"backup_database: {moment.outer}", happened)


@pytest.fixture
def kept(guarded, tmp_path):  # noqa: F811
    """A backup that was made before anything went wrong."""
    with guarded() as shop:
        succeeds(shop, *BACKUP)
        [dump] = backups(shop)
        for source, name in ((dump, "kept.dump"), (Path(f"{dump}.json"), "kept.dump.json")):
            shutil.copy(source, tmp_path / name)
    return tmp_path


@pytest.fixture
def harmed(guarded, kept):  # noqa: F811
    """Shops that have such a backup of their own, and in which rows have been lost since."""

    @contextmanager
    def fresh():
        with guarded() as shop:
            shop.server.sql(HARM, shop.database)
            folder = shop.folder / "backups"
            folder.mkdir()
            for name in ("kept.dump", "kept.dump.json"):
                shutil.copy(kept / name, folder / name)
            dump = folder / "kept.dump"
            _manifest.write_manifest(dump, {**_manifest.read_manifest(dump), "database": shop.database})
            yield shop

    return fresh


def test_a_verification_that_is_killed_harms_no_backup_and_can_be_run_again(harmed):
    def holds(shop, _moment):
        [dump] = backups(shop)
        verified = bool(_manifest.read_manifest(dump).get("verified"))
        succeeds(shop, *VERIFY)
        assert left(shop, *VERIFY) == []
        assert _manifest.read_manifest(dump)["verified"]
        return "it was noted already" if verified else "it was not noted; the next run noted it"

    for moment, happened in kill_everywhere(harmed, VERIFY, holds):
        tried("killed with SIGKILL", f"verify_backup: {moment.outer}", happened)


def test_a_restore_that_is_killed_loses_neither_database_and_can_be_run_again(harmed, before):
    with harmed() as shop:
        wrong = shop.server.dump(shop.database)

    def holds(shop, _moment):
        switched = shop.server.dump(shop.database) == before
        assert switched or shop.server.dump(shop.database) == wrong
        succeeds(shop, *RESTORE, "--switch")
        assert shop.server.dump(shop.database) == before
        [aside] = [name for name in shop.server.databases() if name.startswith(f"{shop.database}_before_")]
        assert shop.server.dump(aside) == wrong
        assert left(shop, *VERIFY) == []
        return "it had switched already" if switched else "the database in use was as before; the next run switched"

    for moment, happened in kill_everywhere(harmed, (*RESTORE, "--switch"), holds):
        tried("killed with SIGKILL", f"restore_database: {moment.outer}", happened)
