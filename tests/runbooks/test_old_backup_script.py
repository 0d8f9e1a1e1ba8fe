"""What was wrong with the backup script that the review was given, one test for each item and defect of it.

The script took apart an address with cut and sed, piped pg_dump through sudo and gzip into a file of the plain format,
made that private afterwards, and counted files to decide which to delete. Its siblings had faults of their own.
"""

import json
import re
import shutil
from pathlib import Path

import pytest
from tests.runbooks.conftest import ROOT
from tests.runbooks.guarded import HOST, PASSWORD, address, full, guarded, own  # noqa: F401  # fixtures
from tests.runbooks.test_nothing_lost import BACKUP, RESTORE, VERIFY, backed_up, ends, files, stand_in
from tests.runbooks.watching import Watch

import _manifest
import backup_database
from _address import parse_url
from _retention import KEEP

pytestmark = pytest.mark.slow
PAGE = (ROOT / "docs" / "runbooks" / "backup_database.md").read_text()


@pytest.fixture
def shop(guarded):  # noqa: F811
    with guarded() as shop:
        yield shop


# -- the address


def test_an_address_without_a_port(shop):
    shop.environment["DATABASE_URL"] = address(PASSWORD, shop.database, HOST)

    assert backed_up(shop).stat().st_size


@pytest.mark.parametrize("password", ["p@ss", "p:ss", "p%40ss", "p%ss", "p/s?s#"])
def test_a_password_with_what_cut_and_sed_take_for_an_end(password):
    target = parse_url(f"postgresql://me:{password}@db.example/shop")

    wanted = "p@ss" if password == "p%40ss" else password
    assert (target.password, dict(target.parameters)) == (
        wanted,
        {"user": "me", "host": "db.example", "dbname": "shop"},
    )


def test_an_address_without_a_password(shop, own):  # noqa: F811
    shop.environment["DATABASE_URL"] = f"postgresql://depot@/{shop.database}?host={own.folder}"

    assert backed_up(shop).stat().st_size


def test_an_address_of_sqlite_is_told_and_no_silent_end(shop):
    shop.environment["DATABASE_URL"] = "sqlite:///db.sqlite3"

    ends(shop, BACKUP, 2, "DATABASE_URL is not the address of a PostgreSQL database")


def test_no_address_at_all_is_told(shop):
    del shop.environment["DATABASE_URL"]

    ends(shop, BACKUP, 2, "no DATABASE_URL, and there is no manage.py")


def test_what_follows_the_question_mark_is_not_dropped(shop):
    shop.environment["DATABASE_URL"] = address(PASSWORD, shop.database, HOST, "?sslmode=require")

    ends(shop, BACKUP, 2, "SSL")


# -- the file


@pytest.mark.parametrize("code", ["exit 1", "echo made", "kill -9 $$"], ids=["fails", "only echoes", "is killed"])
def test_a_dump_that_fails_leaves_no_empty_file(shop, code):
    stand_in(shop, "pg_dump", code)

    assert shop.run(*BACKUP).code == 1
    assert files(shop) == []


def test_a_file_is_checked_by_restoring_it(shop):
    ends(shop, (*VERIFY, str(backed_up(shop))), 0, "✓ restore")


def test_the_format_restores_beside_what_is_there_without_more_flags(shop):
    dump, before = backed_up(shop), shop.server.dump(shop.database)
    shop.sql("DELETE FROM sales_sale")

    ends(shop, (*RESTORE, str(dump)), 0, "equal to the manifest")

    assert shop.server.dump(shop.database) == before


def test_no_program_beside_those_of_postgresql_is_needed(shop):
    """No sudo, no gzip, no tee: none of them is in containers."""
    text = "\n".join(path.read_text() for path in (ROOT / "runbooks").glob("*.py"))
    assert re.findall(r'\["(sudo|gzip|tee|sh|bash)"', text) == []
    folder = shop.folder.parent / "programs"
    folder.mkdir()
    for program in ("psql", "pg_dump", "pg_restore"):
        (folder / program).symlink_to(shop.server.tools / program)
    shop.environment["PATH"] = str(folder)
    ends(shop, (*VERIFY, str(backed_up(shop))), 0, "All checks hold")


def test_the_file_is_private_from_its_first_byte_and_stays_so(shop):
    seen = shop.folder.parent / "seen"
    stand_in(shop, "pg_dump", f'umask 0; {{real}} "$@"; stat -c %a backups/* >> {seen}')

    dump = backed_up(shop)

    assert set(seen.read_text().split()) == {"600"}
    assert {path.stat().st_mode & 0o777 for path in dump.parent.iterdir()} == {0o600}
    assert dump.parent.stat().st_mode & 0o777 == 0o700


def test_two_in_one_second_have_two_names(shop, monkeypatch):
    backed_up(shop)
    [first] = (shop.folder / "backups").glob("*.dump")
    text = first.read_bytes()
    (shop.folder.parent / "sitecustomize.py").write_text(
        "import datetime as real\n"
        "class datetime(real.datetime):\n"
        "    @classmethod\n"
        "    def now(cls, tz=None):\n"
        f"        return cls.strptime('{first.stem[-15:]}', '%Y%m%d_%H%M%S').replace(tzinfo=tz)\n"
        "real.datetime = datetime\n"
    )
    shop.sql("DELETE FROM sales_sale")

    done = shop.run(*BACKUP, PYTHONPATH=str(shop.folder.parent))

    assert (done.code, len(files(shop))) == (0, 4), done.out
    assert first.read_bytes() == text


# -- which are kept


def test_seven_are_kept_unless_said_otherwise(shop):
    ends(shop, (*BACKUP[:-1], "--keep", "8"), 1, "This was the plan")
    assert KEEP == 7
    assert "7 unless said" in PAGE


def test_databases_and_servers_are_counted_apart(shop):
    dump = backed_up(shop)
    ends(shop, (*VERIFY, str(dump)), 0, "it counts when old ones are removed")
    for number, other in enumerate([{"database": "uat"}, {"server_id": "another"}]):
        copy = dump.with_name(f"uat_20990101_00000{number}.dump")
        shutil.copy(dump, copy)
        manifest = _manifest.read_manifest(dump) | other | {"stamp": f"20990101_00000{number}"}
        _manifest.write_manifest(copy, manifest)

    done = shop.run(*BACKUP, "--keep", "1")

    assert (done.code, len(files(shop))) == (0, 6), done.out


def test_eight_failing_runs_do_not_push_out_the_last_good_one(shop):
    good = backed_up(shop)
    ends(shop, (*VERIFY, str(good)), 0, "it counts when old ones are removed")
    stand_in(shop, "pg_dump", 'case "$*" in *--section*) ;; *) exec {real} --section=pre-data "$@";; esac')
    for number in range(8):
        shop.sql(f"UPDATE stock_item SET name = 'bad night {number}' WHERE id = 1")
        ends(shop, (*BACKUP, "--keep", "1"), 0, "Done.")
    ends(shop, (*VERIFY, "backups"), 1, "does not count when old ones are removed")

    assert (good.exists(), len(files(shop))) == (True, 18)


# -- what it lacked


def test_a_copy_on_another_machine_needs_only_the_two_files(shop, server, tmp_path):
    for path in (shop.folder / "backups").glob("*") if backed_up(shop) else ():
        shutil.copy(path, tmp_path)
    before = shop.server.dump(shop.database)
    [dump] = tmp_path.glob("*.dump")
    elsewhere = f"postgresql://postgres@/{shop.database}?host={server.folder}"
    try:
        done = shop.run(*RESTORE, str(dump), DATABASE_URL=elsewhere)
        assert done.code == 0, done.out + done.err
        assert server.dump(shop.database) == before
    finally:
        server.sql(f"DROP DATABASE IF EXISTS {shop.database}")


def test_a_client_older_than_the_server_is_refused(shop):
    stand_in(shop, "pg_dump", "exit 1")
    folder = shop.folder.parent / "stand_in"
    (folder / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 15.18'\n")

    ends(shop, BACKUP, 1, "pg_dump 15 is older than the server, 18")


def test_the_roles_of_the_server_are_in_the_manifest_without_their_passwords(shop):
    manifest = json.loads(Path(f"{backed_up(shop)}.json").read_text())

    assert "CREATE ROLE locked CREATEDB LOGIN" in manifest["globals"]
    assert "GRANT depot TO locked" in manifest["globals"]
    assert "SCRAM-SHA-256" not in json.dumps(manifest)


def test_files_of_users_are_not_in_it_and_the_page_says_so():
    assert "Files that users have uploaded are in no dump" in PAGE


def test_forced_row_security_stops_it_instead_of_thinning_it(shop):
    shop.sql("ALTER TABLE sales_sale ENABLE ROW LEVEL SECURITY; ALTER TABLE sales_sale FORCE ROW LEVEL SECURITY")

    ends(shop, BACKUP, 1, "row-level security policy")
    assert files(shop) == []


def test_the_versions_are_in_the_manifest(shop):
    manifest = json.loads(Path(f"{backed_up(shop)}.json").read_text())

    assert [re.fullmatch(r"\d+\.\d+", manifest[key]) is not None for key in ("server", "pg_dump")] == [True, True]


# -- its siblings


def test_the_password_is_no_argument(shop):
    with Watch(PASSWORD) as watch:
        stand_in(shop, "pg_dump", 'sleep 0.3; exec {real} "$@"')
        backed_up(shop)
    watch.saw("pg_dump", "psql")


def test_there_is_no_folder_that_everybody_may_write_to_by_default(shop):
    done = shop.run("backup_database", "--project", "..", "--apply")

    assert (done.code, "--into" in done.err) == (2, True)


def test_a_step_that_only_says_it_will_be_done_is_no_backup(shop):
    """A pipeline's step echoed that a backup would be made; none was."""
    stand_in(shop, "pg_dump", "echo Creating deployment backup")

    done = shop.run(*BACKUP)

    assert (done.code, "Done." in done.out, files(shop)) == (1, False, [])


def test_the_way_back_has_a_step_for_the_database():
    assert "restore_database" in backup_database.NEXT.values()


def test_the_restore_that_is_told_restores(shop):
    done = shop.run(*BACKUP)
    before = shop.server.dump(shop.database)
    shop.sql("DELETE FROM sales_sale")
    words = re.findall(r"restore it: python \S+ (.*)", done.out)[0].split()

    ends(shop, ("restore_database", *words, "--switch", "--apply"), 0, "Done.")

    assert shop.server.dump(shop.database) == before
