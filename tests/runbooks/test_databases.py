"""How databases take each other's place on a real server: names, time, and who is connected."""

import re
from contextlib import closing

import psycopg
import pytest

import _databases


@pytest.fixture
def backup(shop):
    """A backup, and a change since."""
    done = shop.run("backup_database", "--project", "..", "--into", "backups", "--apply")
    assert done.code == 0, done.out
    shop.sql("UPDATE stock_item SET name = 'wrong'")
    [dump] = (shop.folder / "backups").glob("*.dump")
    return shop, str(dump)


SWITCH = ("restore_database", "--project", "..", "--switch", "--end-connections", "--apply")
SLOW = "autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1"
SOON = "autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0"
WORKERS = "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = '%s' AND backend_type = 'autovacuum worker'"


@pytest.fixture
def often(server):
    """A server that looks every second what there is to vacuum."""
    for statement in ("ALTER SYSTEM SET autovacuum_naptime = '1s'", "SELECT pg_reload_conf()"):
        server.sql(statement)
    yield
    for statement in ("ALTER SYSTEM RESET autovacuum_naptime", "SELECT pg_reload_conf()"):
        server.sql(statement)


def test_a_switch_does_not_mind_an_autovacuum_worker_that_it_may_not_end(backup, often):
    shop, dump = backup
    shop.sql(f"CREATE TABLE large WITH ({SLOW}, {SOON}) AS SELECT repeat('x', 900) FROM generate_series(1, 9000)")
    shop.sql("DELETE FROM large")
    shop.wait_for(WORKERS % shop.database, "t", role="postgres")

    done = shop.run(*SWITCH, "--from", dump)

    assert done.code == 0, done.out
    assert shop.sql("SELECT count(*) FROM stock_item WHERE name = 'wrong'") == "0"


def test_a_session_of_a_role_that_nothing_may_be_known_of_is_seen(backup):
    shop, dump = backup
    shop.server.sql("DO $$ BEGIN CREATE ROLE stranger LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    place = {"host": str(shop.server.folder), "dbname": shop.database, "user": "stranger"}
    with closing(psycopg.connect(**place, application_name="theirs")):
        refused = shop.run(*SWITCH[:-2], "--apply", "--from", dump)

    assert (refused.code, f"theirs in {shop.database}" in refused.out) == (1, True), refused.out


def test_what_is_equal_by_name_is_restored_if_it_is_asked_for(shop):
    shop.sql("CREATE FUNCTION price() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    assert shop.run("backup_database", "--project", "..", "--into", "backups", "--apply").code == 0
    shop.sql("CREATE OR REPLACE FUNCTION price() RETURNS int LANGUAGE sql AS 'SELECT 2'")
    [dump] = (shop.folder / "backups").glob("*.dump")

    plain = shop.run(*SWITCH, "--from", str(dump))
    assert ("nothing to do" in plain.out, shop.sql("SELECT price()")) == (True, "2"), plain.out
    done = shop.run(*SWITCH, "--anew", "--from", str(dump))

    assert (done.code, shop.sql("SELECT price()")) == (0, "1"), done.out


def asides(shop):
    found = (re.search(r"_(before|undone)_\d{8}_\d{6}$", name) for name in shop.server.databases())
    return sorted(each[0] for each in found if each)


def at_once(shop):
    """Have every run of a runbook think that it is one and the same second."""
    place = shop.folder.parent / "clock"
    place.mkdir()
    (place / "sitecustomize.py").write_text(
        "import datetime\n"
        "class Stopped(datetime.datetime):\n"
        "    @classmethod\n"
        "    def now(cls, tz=None):\n"
        "        return cls(2031, 2, 3, 4, 5, 6, tzinfo=tz)\n"
        "datetime.datetime = Stopped\n"
    )
    shop.environment["PYTHONPATH"] = str(place)


def test_two_switches_in_one_second_put_two_databases_aside(backup):
    shop, dump = backup
    at_once(shop)

    for name in ("wrong", "wrong again"):
        shop.sql(f"UPDATE stock_item SET name = '{name}'")
        done = shop.run(*SWITCH, "--from", dump)
        assert done.code == 0, done.out

    assert asides(shop) == ["_before_20310203_040506", "_before_20310203_040507"]


def test_an_undo_in_the_same_second_is_the_newest_and_so_is_the_switch_after_it(backup):
    shop, dump = backup
    at_once(shop)

    for call in (SWITCH, (*SWITCH[:3], "--undo", "--apply"), SWITCH, (*SWITCH[:3], "--undo", "--apply")):
        done = shop.run(*call[:3], *call[3:], *(["--from", dump] if call == SWITCH else []))
        assert (done.code, "rename" in done.out or " is now " in done.out) == (0, True), done.out

    assert shop.sql("SELECT count(*) FROM stock_item WHERE name = 'wrong'") == "50"


LONG = "a_name_of_a_database_that_is_as_long_as_postgresql_lets_it_be"


@pytest.mark.parametrize("ending", ["_before_20310203_040506", "_restoring", "_restored_20310203_040506"])
def test_two_names_that_are_cut_stay_two(ending):
    one, other = (_databases.fitting(f"{LONG}{end}", ending) for end in "1ü")

    assert one != other
    assert {one[-len(ending) :], other[-len(ending) :]} == {ending}
    assert max(len(each.encode()) for each in (one, other)) <= 63
    assert _databases.fitting("shop", ending) == f"shop{ending}"


def test_what_a_database_with_a_long_name_put_aside_is_not_its_neighbours(server):
    mine, neighbours = f"{LONG}1", f"{LONG}2"
    aside = _databases.fitting(mine, "_before_20310203_040506")
    with closing(psycopg.connect(host=str(server.folder), dbname="postgres", user="postgres", autocommit=True)) as sql:
        sql.execute(f'CREATE DATABASE "{aside}"')
        try:
            there = Rows(sql)
            assert _databases.set_aside(there, mine, "before") == [aside]
            assert _databases.set_aside(there, neighbours, "before") == []
        finally:
            sql.execute(f'DROP DATABASE "{aside}"')


class Rows:
    """A connection that gives its rows as the runbooks' own do."""

    def __init__(self, connection):
        self.connection = connection

    def rows(self, statement):
        return [{"name": name} for (name,) in self.connection.execute(statement)]
