import types

import pytest

from _address import Target
from _postgres import connect
from _sessions import SESSIONS
from unblock_migration import Unblocking, choose, clear_way

CALL = ("unblock_migration", "--older-than", "0")


@pytest.fixture
def template(without_weight):
    return without_weight


@pytest.fixture
def blocked(shop):
    """Somebody has left a transaction open; stock.0002_weight waits to be run."""
    with shop.connect() as connection:
        connection.execute("UPDATE stock_item SET name = 'a private name' WHERE id = 12345")
        yield shop


def sessions(shop):
    theirs = f"datname = '{shop.database}' AND application_name = 'editor'"
    return int(shop.server.sql(f"SELECT count(*) FROM pg_stat_activity WHERE {theirs}"))


def test_a_session_in_the_way_of_what_is_to_run_is_ended(blocked):
    plan = blocked.plans(*CALL)
    assert sessions(blocked) == 1
    done = blocked.applies(*CALL)

    assert "still to run are changes of stock_item" in plan.out
    assert "user depot, application editor, idle in transaction, in a transaction for" in plan.out
    assert "holds stock_item: UPDATE stock_item SET name = ? WHERE id = ?" in plan.out
    assert "undo: none: what a session had not committed is rolled back" in done.out
    assert sessions(blocked) == 0
    blocked.manage("migrate", "-v", "0")


def test_the_root_of_a_migration_that_waits_is_found(blocked):
    with blocked.start(["python", "manage.py", "migrate"]):
        blocked.wait_for("SELECT count(*) FROM pg_locks WHERE NOT granted", "1")
        plan = blocked.run(*CALL)
        done = blocked.run(*CALL, "--apply")

    assert plan.out.index("waits: pid") < plan.out.index("blocks: pid")
    assert 'ALTER TABLE "stock_item" ADD COLUMN' in plan.out
    assert (plan.code, done.code) == (1, 0), done.out
    blocked.manage("migrate", "--check")


def test_a_running_query_is_only_asked_to_cancel(shop):
    with shop.connect() as connection:
        connection.execute("LOCK TABLE stock_item IN SHARE MODE")
        connection.pgconn.send_query(b"SELECT pg_sleep(60)")
        done = shop.run(*CALL, "--apply")

        assert "ask pid" in done.out
        assert done.code == 0, done.out
        assert sessions(shop) == 1


def test_what_is_young_is_left_alone(blocked):
    refused = blocked.refuses("unblock_migration")

    assert "they are left alone: younger than 60 s" in refused.out
    assert sessions(blocked) == 1


@pytest.mark.parametrize("application", ["pg_dump", "proofbook backup_database"])
def test_a_backup_is_left_alone(shop, application):
    with shop.connect(application) as connection:
        connection.execute("LOCK TABLE stock_item IN ACCESS SHARE MODE")

        assert "a backup" in shop.refuses(*CALL).out


def test_sessions_that_are_not_in_the_way_are_left_alone(shop):
    with shop.connect() as connection:
        connection.execute("SELECT count(*) FROM sales_sale")
        done = shop.run(*CALL, "--apply")

        assert (done.code, "nothing to do" in done.out) == (0, True), done.out
        connection.execute("SELECT 1")


@pytest.mark.parametrize("runs", [False, True], ids=["idle", "active"])
def test_a_transaction_that_began_after_the_look_is_left_alone(shop, monkeypatch, runs):
    """A connection that is kept takes up the next request: the same process, another transaction."""
    monkeypatch.setenv("PATH", shop.environment["PATH"])
    case = Unblocking("unblock_migration.py", types.SimpleNamespace(older_than=0))
    target = Target({"host": str(shop.server.folder), "dbname": shop.database, "user": "depot"})
    with shop.connect() as connection, connect(target, "test") as case.sql:

        def work():
            connection.execute("UPDATE stock_item SET name = 'new' WHERE id = 1")
            if runs:
                connection.pgconn.send_query(b"SELECT pg_sleep(60)")
                sleeping = "state = 'active' AND query = 'SELECT pg_sleep(60)'"
                shop.wait_for(f"SELECT count(*) FROM pg_stat_activity WHERE {sleeping}", "1")

        work()
        case.blockers = [each for each in case.sql.rows(SESSIONS) if each["application"] == "editor"]
        choose(case)
        connection.cancel_safe()
        while connection.pgconn.get_result():
            pass
        connection.rollback()
        work()
        [said] = clear_way(case)

        assert said.endswith("has moved on by itself")
        if not runs:
            connection.execute("SELECT 1")


def test_it_works_without_the_project(shop, tmp_path):
    with shop.connect() as connection:
        connection.execute("SELECT 1")
        plan = shop.run(*CALL, "--project", str(tmp_path))

    assert (plan.code, "nothing to do" in plan.out) == (0, True), plan.out
