import json
import re
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from tests.runbooks import killing
from tests.runbooks.conftest import flags_of
from tests.runbooks.test_backup_database import stand_in

import _databases
import _manifest


@pytest.fixture
def backup(shop):
    """A backup, and what has gone wrong since: rows lost, rows changed, a table too many."""
    done = shop.run("backup_database", "--into", "backups", "--apply")
    assert done.code == 0, done.out
    before = shop.server.dump(shop.database)
    shop.sql("DELETE FROM sales_sale WHERE id > 10")
    shop.sql("UPDATE stock_item SET name = 'wrong'")
    shop.sql("CREATE TABLE junk (id int)")
    [dump] = (shop.folder / "backups").glob("*.dump")
    return shop, str(dump), before


@pytest.mark.lesson("restore-beside")
def test_a_backup_is_restored_beside_the_database_and_switched_to(backup):
    shop, dump, before = backup
    shop.server.sql(f"ALTER DATABASE {shop.database} SET statement_timeout TO '61s'")

    plan = shop.plans("restore_database", "--from", dump, "--switch")
    done = shop.applies("restore_database", "--from", dump, "--switch")

    assert "public.sales_sale has 10 rows, 50 in the backup" in plan.out
    assert "public.stock_item has 50 rows, 50 in the backup, and their content differs" in plan.out
    assert "public.junk is only in the database" in plan.out
    assert "_before_" in done.out
    assert shop.server.dump(shop.database) == before
    assert shop.sql("SHOW statement_timeout") == "61s"
    assert shop.sql("SELECT count(*) FROM sales_sale") == "50"
    shop.manage("migrate", "--check")


def test_the_undo_is_one_command(backup):
    shop, dump, _ = backup
    broken = shop.server.dump(shop.database)
    steps = json.loads(shop.run("restore_database", "--from", dump, "--switch", "--apply", "--json").out)["steps"]
    assert shop.server.dump(shop.database) != broken

    shop.applies("restore_database", *flags_of(steps[-1]["undo"]))

    assert shop.server.dump(shop.database) == broken


def test_without_switch_the_database_in_use_stays(backup):
    shop, dump, _ = backup
    broken = shop.server.dump(shop.database)

    shop.applies("restore_database", "--from", dump)

    [restored] = [name for name in shop.server.databases() if name.startswith(f"{shop.database}_restored_")]
    assert shop.server.sql("SELECT count(*) FROM sales_sale", restored) == "50"
    assert shop.server.dump(shop.database) == broken


@pytest.fixture
def completed(backup):
    """A restored copy into which somebody has carried over what the backup does not hold."""
    shop, dump, _ = backup
    assert shop.run("restore_database", "--from", dump, "--apply").code == 0
    [copy] = [name for name in shop.server.databases() if name.startswith(f"{shop.database}_restored_")]
    shop.server.sql("INSERT INTO stock_item (name) VALUES ('by hand')", copy, "depot")
    return shop, dump, copy


@pytest.mark.parametrize("flags", [[], ["--switch"], ["--switch", "--end-connections"]])
def test_a_copy_that_somebody_completed_is_never_dropped(completed, flags):
    shop, dump, copy = completed
    databases, held = shop.server.databases(), shop.server.dump(copy)

    refused = shop.refuses("restore_database", "--from", dump, *flags)

    assert "has been changed since it was restored: public.stock_item has 51 rows, 50 in the backup" in refused.out
    assert "--switch --as-it-is" in refused.out
    assert (shop.server.databases(), shop.server.dump(copy)) == (databases, held)


def test_a_copy_that_somebody_completed_is_switched_to_as_it_is(completed):
    shop, dump, copy = completed
    held, broken = shop.server.dump(copy), shop.server.dump(shop.database)

    shop.plans("restore_database", "--from", dump, "--switch", "--as-it-is")
    done = shop.applies("restore_database", "--from", dump, "--switch", "--as-it-is")

    assert shop.server.dump(shop.database) == held, done.out
    [aside] = [name for name in shop.server.databases() if name.startswith(f"{shop.database}_before_")]
    assert shop.server.dump(aside) == broken


def test_a_copy_that_somebody_completed_gives_way_by_another_name(completed):
    shop, dump, copy = completed
    held = shop.server.dump(copy)
    said = shop.refuses("restore_database", "--from", dump, "--switch").out
    rename = re.search(r"ALTER DATABASE .*", said)[0]

    shop.server.sql(rename, role="depot")
    shop.applies("restore_database", "--from", dump, "--switch")

    [kept] = [name for name in shop.server.databases() if name.startswith(f"{shop.database}_kept_")]
    assert shop.server.dump(kept) == held
    assert shop.sql("SELECT count(*) FROM stock_item") == "50"


def test_as_it_is_never_restores(backup):
    shop, dump, _ = backup
    call = ["restore_database", "--from", dump, "--switch", "--as-it-is", "--apply"]

    done = shop.run(*call)
    assert (done.code, "there is no" in done.out, "nothing to do" in done.out) == (0, True, True), done.out

    shop.server.sql(f"DROP DATABASE {shop.database}")
    assert (shop.run(*call).code, shop.database in shop.server.databases()) == (1, False)


def test_it_refuses_while_somebody_is_connected_to_the_copy(completed):
    shop, dump, copy = completed
    call = ["restore_database", "--from", dump, "--switch", "--as-it-is"]
    with closing(psycopg.connect(host=str(shop.server.folder), dbname=copy, user="depot", application_name="editor")):
        assert f"editor in {copy}" in shop.refuses(*call).out


def test_it_refuses_while_others_are_connected_unless_told(backup):
    shop, dump, before = backup
    with shop.connect():
        refused = shop.run("restore_database", "--from", dump, "--switch", "--apply")
        done = shop.run("restore_database", "--from", dump, "--switch", "--end-connections", "--apply")

    assert (refused.code, "editor" in refused.out) == (1, True), refused.out
    assert done.code == 0, done.out
    assert shop.server.dump(shop.database) == before


@pytest.mark.parametrize("harm", ["cut", "flipped", "no manifest", "gone"])
def test_a_backup_that_is_not_what_was_written_is_not_restored(backup, harm):
    shop, dump, _ = backup
    whole = Path(dump).read_bytes()
    if harm == "cut":
        Path(dump).write_bytes(whole[:-100])
    if harm == "flipped":
        Path(dump).write_bytes(whole[:2000] + b"\0\1" + whole[2002:])
    if harm == "no manifest":
        Path(f"{dump}.json").unlink()
    if harm == "gone":
        Path(dump).unlink()
    databases = shop.server.databases()

    done = shop.run("restore_database", "--from", dump, "--switch", "--apply")

    assert done.code == (2 if harm == "gone" else 1), done.out
    assert shop.server.databases() == databases


def test_what_differs_from_the_manifest_is_dropped_again(backup):
    shop, dump, _ = backup
    manifest = _manifest.read_manifest(Path(dump))
    manifest["tables"]["public.stock_item"][0] = 51
    _manifest.write_manifest(Path(dump), manifest)
    databases = shop.server.databases()

    done = shop.run("restore_database", "--from", dump, "--switch", "--apply")

    assert (done.code, "public.stock_item has 50 rows, 51 in the backup" in done.out) == (1, True), done.out
    assert shop.server.databases() == databases


def test_a_database_that_is_gone_comes_back(backup):
    shop, dump, before = backup
    shop.server.sql(f"DROP DATABASE {shop.database}")

    done = shop.run("restore_database", "--from", dump, "--switch", "--apply")

    assert done.code == 0, done.out
    assert shop.server.dump(shop.database) == before


@pytest.mark.parametrize("seconds", [0.4, 0.7, 0.9])
def test_killed_at_any_moment_it_can_be_run_again(backup, seconds):
    shop, dump, before = backup
    shop.killed(seconds, "restore_database", "--from", dump, "--switch", "--apply")

    again = shop.run("restore_database", "--from", dump, "--switch", "--end-connections", "--apply")

    assert again.code == 0, again.out
    assert shop.server.dump(shop.database) == before
    assert f"{shop.database}_restoring" not in shop.server.databases()


def test_a_database_of_somebody_else_with_the_passing_name_is_not_dropped(backup):
    shop, dump, before = backup
    theirs = f"{shop.database}_restoring"
    shop.server.sql(f"CREATE DATABASE {theirs} OWNER depot")
    shop.server.sql("CREATE TABLE precious AS SELECT 1 AS one", theirs)

    plan = shop.run("restore_database", "--from", dump, "--switch")
    done = shop.refuses("restore_database", "--from", dump, "--switch")

    assert (plan.code, "no restore of ours has made it" in plan.out) == (1, True), plan.out
    assert shop.server.sql("SELECT one FROM precious", theirs) == "1"
    [rename] = re.findall('(ALTER DATABASE "[^"]+" RENAME TO "[^"]+")', done.out)
    shop.server.sql(rename)
    assert shop.applies("restore_database", "--from", dump, "--switch").code == 0
    assert shop.server.dump(shop.database) == before


def test_what_a_killed_restore_left_is_told_and_dropped(backup):
    shop, dump, before = backup
    shop.server.sql(f"CREATE DATABASE {shop.database}_restoring OWNER depot CONNECTION LIMIT {_databases.PASSING}")

    plan = shop.plans("restore_database", "--from", dump, "--switch")
    shop.applies("restore_database", "--from", dump, "--switch")

    assert f"drop {shop.database}_restoring, which a killed restore left" in plan.out
    limits = "SELECT DISTINCT datconnlimit FROM pg_database WHERE datname LIKE '%s%%'"
    assert (shop.server.sql(limits % shop.database), shop.server.dump(shop.database)) == ("-1", before)


@pytest.mark.slow
def test_until_it_has_its_name_it_is_marked(backup):
    shop, dump, before = backup
    call = ("restore_database", "--project", "..", "--from", dump, "--apply")
    [renaming] = [each for each in killing.rehearse(shop, call) if each.what.startswith("SQL BEGIN; ALTER")]
    [restored] = [name for name in shop.server.databases() if name.startswith(f"{shop.database}_restored_")]
    shop.server.sql(f"DROP DATABASE {restored}")

    killing.kill(shop, call, renaming)

    limit = f"SELECT datconnlimit FROM pg_database WHERE datname = '{shop.database}_restoring'"
    assert shop.server.sql(limit) == str(_databases.PASSING)
    shop.applies(*call[:-1], "--switch")
    assert shop.server.dump(shop.database) == before


def test_what_was_put_aside_is_kept_until_it_is_told_otherwise(backup):
    shop, dump, before = backup
    assert shop.run("restore_database", "--from", dump, "--switch", "--apply").code == 0
    [aside] = [name for name in shop.server.databases() if name.startswith(f"{shop.database}_before_")]

    plan = shop.plans("restore_database", "--forget")
    assert f"drop {aside}, " in plan.out
    shop.applies("restore_database", "--forget")

    assert aside not in shop.server.databases()
    assert shop.server.dump(shop.database) == before


def test_what_was_put_aside_is_not_dropped_while_somebody_is_in_it_or_it_is_all_there_is(backup):
    shop, dump, _ = backup
    assert shop.run("restore_database", "--from", dump, "--switch", "--apply").code == 0
    [aside] = [name for name in shop.server.databases() if name.startswith(f"{shop.database}_before_")]
    with closing(psycopg.connect(host=str(shop.server.folder), dbname=aside, user="depot", application_name="editor")):
        assert f"editor in {aside}" in shop.refuses("restore_database", "--forget").out
    shop.server.sql(f"DROP DATABASE {shop.database}")

    gone = shop.run("restore_database", "--forget", "--apply")

    assert (gone.code, "is all there is" in gone.out, aside in shop.server.databases()) == (1, True, True), gone.out


def test_undo_and_forget_exclude_each_other(backup):
    shop, _, _ = backup

    assert shop.run("restore_database", "--undo", "--forget", "--apply").code == 2


@pytest.mark.parametrize("gone", [False, True], ids=["there", "gone"])
def test_what_is_set_and_granted_for_the_database_itself_comes_along(shop, gone):
    name = shop.database
    shop.server.sql("DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    for statement in (
        f'ALTER DATABASE {name} SET search_path TO "$user", public, other',
        f"ALTER DATABASE {name} SET statement_timeout TO '61s'",
        f"ALTER DATABASE {name} SET default_transaction_read_only TO on",
        f"ALTER ROLE depot IN DATABASE {name} SET work_mem TO '7MB'",
        f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC; GRANT CONNECT ON DATABASE {name} TO reader WITH GRANT OPTION",
        f"ALTER DATABASE {name} CONNECTION LIMIT 17",
    ):
        for each in statement.split("; "):
            shop.server.sql(each)
    about = (
        "SELECT array(SELECT unnest(datacl)::text ORDER BY 1), datconnlimit, pg_get_userbyid(datdba) "
        "FROM pg_database WHERE datname = current_database()"
    )
    sets = (
        "SELECT setrole::regrole, setconfig FROM pg_db_role_setting s JOIN pg_database d ON d.oid = setdatabase "
        "WHERE datname = current_database() ORDER BY 1"
    )
    before = [shop.server.sql(each, name) for each in (about, sets)]
    as_owner_of_all = {"DATABASE_URL": f"postgresql://postgres@/{name}?host={shop.server.folder}"}
    run = ["restore_database", "--project", "..", "--switch", "--apply", "--from"]
    shop.run("backup_database", "--project", "..", "--into", "backups", "--apply", **as_owner_of_all)
    [dump] = (shop.folder / "backups").glob("*.dump")
    if gone:
        shop.server.sql(f"DROP DATABASE {name}")
    else:
        shop.server.sql("BEGIN READ WRITE; DELETE FROM sales_sale; COMMIT", name)

    done = shop.run(*run, str(dump), **as_owner_of_all)

    assert done.code == 0, done.out + done.err
    assert [shop.server.sql(each, name) for each in (about, sets)] == before
    assert shop.server.sql("SELECT count(*) FROM sales_sale", name) == "50"


def test_what_the_role_may_not_take_over_is_told(backup):
    shop, dump, _ = backup
    shop.server.sql(f"ALTER ROLE postgres IN DATABASE {shop.database} SET work_mem TO '7MB'")

    done = shop.run("restore_database", "--from", dump, "--switch", "--apply")

    assert (done.code, "not taken over: ALTER ROLE postgres IN DATABASE ... SET work_mem" in done.out) == (0, True)


def test_after_a_restore_by_somebody_else_the_owner_can_still_migrate(backup):
    shop, dump, _ = backup
    by = {"DATABASE_URL": f"postgresql://postgres@/{shop.database}?host={shop.server.folder}"}

    done = shop.run("restore_database", "--project", "..", "--from", dump, "--switch", "--apply", **by)

    assert done.code == 0, done.out
    shop.sql("CREATE TABLE made_by_the_owner (id int)")


@pytest.mark.parametrize("runbook", ["restore_database", "verify_backup"])
def test_a_pg_restore_older_than_the_backup_cannot_tell_of_it(runbook, backup):
    shop, dump, _ = backup
    stand_in(shop, "pg_restore", "echo 'pg_restore (PostgreSQL) 16.14'")

    done = shop.run(runbook, "--from", dump)

    assert done.code == 2
    assert "pg_restore 16.14 is older than the pg_dump 18.4 of the backup" in done.out
    assert "hint: BAK103: put the programs of PostgreSQL 18 first on PATH" in done.out


def test_the_database_one_connects_to_for_renaming_is_another_one(backup):
    shop, dump, _ = backup

    done = shop.run("restore_database", "--from", dump, "--maintenance", shop.database)

    assert (done.code, "name another with --maintenance" in done.out) == (1, True)
