"""A migration that builds an index concurrently: it waits for others, fails, is killed, and leaves half an index."""

import signal
from contextlib import contextmanager

import psycopg
import pytest
from tests.runbooks.test_deploy import SWITCH, add_migration, alone, current, journal, v1  # noqa: F401  # a fixture

from _address import Target
from _leftovers import leftovers

pytestmark = pytest.mark.slow
BUILD = "CREATE INDEX CONCURRENTLY sold ON sales_sale (quantity)"
BUILDING = "SELECT count(*) FROM pg_stat_progress_create_index WHERE datname = current_database()"
STATES = """
SELECT string_agg(c.relname || ' ' || x.indisvalid, ', ' ORDER BY c.relname)
  FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid WHERE c.relname LIKE 'sold%'
"""


@pytest.fixture
def template(without_weight):
    return without_weight


@pytest.fixture
def building(v1):  # noqa: F811
    """A release that builds an index, and a way to write to its table."""
    add_migration(v1, f"migrations.RunSQL('{BUILD}', 'DROP INDEX CONCURRENTLY sold')", atomic=False)
    return v1


@contextmanager
def writing(shop):
    """Hold a transaction that has written to the table: every concurrent build waits for its end."""
    with shop.connect() as connection:
        connection.execute("UPDATE sales_sale SET quantity = quantity WHERE id = 1")
        yield connection


def test_somebody_who_writes_is_waited_for_and_half_an_index_is_not_in_the_way(building):
    said = []
    with writing(building) as writer:
        call = building.command(*alone(), "--tries", "9", "--lock-timeout", "200ms", "--apply")
        with building.start(call) as running:
            for line in running.stdout:
                said.append(line)
                if "stock.0003_more waits: " in line:
                    writer.rollback()

    assert (running.returncode, current(building)) == (0, "v2"), "".join(said)
    assert building.sql(STATES) == "sold true"
    assert "sold is left, and cannot be dropped yet" in "".join(said)


def killed(shop):
    """Have a deployment and its build be killed while the build waits, as by a reboot of both machines."""
    with writing(shop), shop.start(shop.command(*alone(), "--lock-timeout", "300s", "--apply")) as running:
        shop.wait_for(BUILDING, "1")
        shop.wait_for(STATES, "sold false")
        running.send_signal(signal.SIGKILL)
        assert shop.sql(BUILDING.replace("*", "pg_terminate_backend(pid)")) == "1"
        shop.wait_for(BUILDING, "0")
    assert (shop.sql(STATES), journal(shop)[-1]["event"]) == ("sold false", "migrates")


def test_after_a_kill_in_the_middle_of_a_build_the_same_command_builds_it_anew(building):
    killed(building)

    done = building.run(*alone(), "--wait-lock", "120", "--apply")

    assert (done.code, current(building), building.sql(STATES)) == (0, "v2", "sold true"), done.out


def test_after_a_kill_in_the_middle_of_a_build_the_way_back_tells_what_is_left(building):
    killed(building)
    back = ("roll_back_release", "--into", "backups", *SWITCH[2:], "--wait-lock", "120", "--apply")

    done = building.run(*back)

    assert (done.code, "the schema is as before, and so is every row" in done.out) == (0, True), done.out
    assert "sold is not valid; if nobody is building it: DROP INDEX CONCURRENTLY sold;" in done.out


def test_half_an_index_of_before_the_deployment_or_of_another_name_is_left_alone(building):
    for each in ("sold", "sold_by_hand"):
        with writing(building), building.connect() as other:
            other.autocommit = True
            other.execute("SET lock_timeout = '100ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                other.execute(BUILD.replace("sold", each))

    done = building.run(*alone(), "--apply")

    assert (done.code, "taken back: stock.0002_weight" in done.out) == (1, True), done.out
    assert 'relation "sold" already exists' in done.out
    assert building.sql(STATES) == "sold false, sold_by_hand false"


def test_an_index_that_somebody_is_building_is_no_leftover(building, monkeypatch):
    monkeypatch.setenv("PATH", building.environment["PATH"])
    target = Target({"host": str(building.server.folder), "dbname": building.database, "user": "depot"})
    psql = ["psql", "-X", "-h", str(building.server.folder), "-U", "depot", "-d", building.database, "-c"]
    by_table = "CREATE INDEX CONCURRENTLY ON sales_sale (quantity)"
    with writing(building), building.start([*psql, BUILD]) as running:
        building.wait_for(STATES, "sold false")
        while_built = [leftovers(target, [each], []) for each in (BUILD, by_table)]
        assert building.sql(BUILDING.replace("*", "pg_terminate_backend(pid)")) == "1"
        running.wait(timeout=300)
    building.wait_for(BUILDING, "0")

    assert while_built == [[], []]
    assert [leftovers(target, [each], []) for each in (BUILD, by_table, "REINDEX TABLE CONCURRENTLY sales_sale")] == [
        ["sold"]
    ] * 3
    assert leftovers(target, [BUILD.replace("sold", "other"), "DROP INDEX CONCURRENTLY sold"], []) == []
    assert leftovers(target, [BUILD], ["sold"]) == []
