import signal
import subprocess

import pytest
from tests.runbooks.judged import judge, waiting

from _address import Target
from _postgres import connect
from _scratch import BEGINNING, MARK, scratch_room, sweep
from _step import CouldNotTell

EMPTY = ("build-from-empty",)


@pytest.fixture
def target(shop):
    return Target({"host": str(shop.server.folder), "dbname": shop.database, "user": "depot"})


def scratches(shop):
    return {name for name in shop.server.databases() if name.startswith(BEGINNING)}


def swept(target):
    with connect(target, "test") as sql:
        return sweep(sql)


def test_a_scratch_database_is_there_and_then_gone(shop, target):
    with scratch_room(target, "test") as room, room.empty() as one, room.copied(shop.database) as other:
        with connect(one, "test") as sql:
            assert sql.value("SELECT count(*) AS n FROM pg_tables WHERE schemaname = 'public'") == 0
        with connect(other, "test") as sql:
            assert sql.value("SELECT count(*) AS n FROM stock_item") == 50
        assert {one.value("dbname"), other.value("dbname")} < scratches(shop)

    assert scratches(shop) == set()


def test_it_is_dropped_after_a_failure_too(shop, target):
    with pytest.raises(ZeroDivisionError), scratch_room(target, "test") as room, room.empty():
        raise ZeroDivisionError

    assert scratches(shop) == set()


def test_it_has_the_settings_of_the_target_that_the_role_may_make(shop, target):
    shop.server.sql(f'ALTER DATABASE {shop.database} SET search_path = "Odd", public')
    shop.server.sql(f"ALTER DATABASE {shop.database} SET app.tenant = 1")  # only a superuser may
    shop.server.sql(f"ALTER ROLE depot IN DATABASE {shop.database} SET work_mem = '5MB'")

    with scratch_room(target, "test") as room, room.empty() as one, connect(one, "test") as sql:
        assert sql.value("SELECT current_setting('search_path') AS path") == '"Odd", public'
        assert sql.value("SELECT current_setting('work_mem') AS size") == "5MB"


def test_one_that_is_in_use_is_not_swept(shop, target):
    with scratch_room(target, "test") as room, room.empty() as one:
        assert swept(target) == []
        assert one.value("dbname") in scratches(shop)


@pytest.mark.parametrize(
    ("name", "owner", "limit"),
    [
        (f"{BEGINNING}0abcde0_0", "depot", -1),
        (f"{BEGINNING}0abcde0_0", "postgres", MARK),
        (f"{BEGINNING}mine", "depot", MARK),
        ("proofbook", "depot", MARK),
    ],
    ids=["no mark", "another's", "another name", "no number"],
)
def test_what_is_not_ours_in_name_owner_and_mark_is_left_alone(shop, target, name, owner, limit):
    shop.server.sql(f"CREATE DATABASE {name} OWNER {owner} CONNECTION LIMIT {limit}")
    try:
        assert swept(target) == []
        assert name in shop.server.databases()
    finally:
        shop.server.sql(f"DROP DATABASE {name}")


def test_what_is_left_over_is_swept_even_if_somebody_is_in_it(shop, target):
    name = f"{BEGINNING}0abcde0_0"
    shop.server.sql(f"CREATE DATABASE {name} OWNER depot CONNECTION LIMIT {MARK}")

    with connect(target.on(name), "forgotten"):
        assert swept(target) == [name]

    assert scratches(shop) == set()


def test_a_role_that_may_not_create_databases_could_not_check(shop):
    shop.server.sql("CREATE ROLE clerk LOGIN; GRANT depot TO clerk WITH INHERIT TRUE")
    try:
        told = judge(
            shop,
            only=EMPTY,
            SHOP_USER="clerk",
            DATABASE_URL=f"postgresql://clerk@/{shop.database}?host={shop.server.folder}",
        )
    finally:
        shop.server.sql("DROP ROLE clerk")

    assert told.code == 2
    assert told.check("build-from-empty")["reason"] == (
        "clerk may not create databases, so there is no scratch database "
        '(ALTER ROLE "clerk" CREATEDB, or run it as a role that may)'
    )


def test_a_server_that_refuses_is_told_without_the_password(shop, target):
    wrong = Target({**target.parameters, "user": "nobody-here"}, "open-sesame")

    with pytest.raises(CouldNotTell) as refused, scratch_room(wrong, "test"):
        pass

    assert "open-sesame" not in str(refused.value)


def test_a_run_that_is_killed_in_the_middle_leaves_nothing_after_the_next_start(shop, target):
    waiting(shop, "migrations.RunSQL('SELECT pg_sleep(600)', '')")
    command = shop.command("validate_migrations", "--only", *EMPTY)
    running = subprocess.Popen(command, cwd=shop.folder, env=shop.environment, stdout=subprocess.DEVNULL)
    shop.wait_for("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(600)%'", "1")
    assert len(scratches(shop)) == 2

    running.send_signal(signal.SIGKILL)
    running.wait()
    until_unlocked(shop)
    (shop.folder / "stock/migrations/0003_next.py").unlink()

    # the project's Python survived and is still at work in its scratch database: that does not save it
    assert shop.run("validate_migrations", "--only", *EMPTY).code == 0
    assert scratches(shop) == set()
    assert shop.sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(600)%'") == "0"


def until_unlocked(shop):
    """The keeper of a killed run ends as soon as it sees that nobody speaks to it any more."""
    shop.wait_for(f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = {MARK}", "0")


def test_a_run_that_is_asked_to_end_drops_what_it_made(shop):
    waiting(shop, "migrations.RunSQL('SELECT pg_sleep(600)', '')")
    with shop.start(shop.command("validate_migrations", "--only", *EMPTY)) as running:
        shop.wait_for("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(600)%'", "1")
        running.terminate()
        out, _ = running.communicate(timeout=120)

    assert running.returncode == 2
    assert "could not check: interrupted" in out
    assert scratches(shop) == set()


def test_a_role_of_any_name_may_have_one(shop):
    shop.server.sql('CREATE ROLE "App-User" LOGIN CREATEDB')
    shop.server.sql(f'ALTER DATABASE {shop.database} OWNER TO "App-User"')
    target = Target({"host": str(shop.server.folder), "dbname": shop.database, "user": "App-User"})
    try:
        with scratch_room(target, "test") as room, room.empty() as one:
            assert one.value("dbname") in scratches(shop)
    finally:
        shop.server.sql(f"ALTER DATABASE {shop.database} OWNER TO depot")
        shop.server.sql('DROP ROLE "App-User"')
