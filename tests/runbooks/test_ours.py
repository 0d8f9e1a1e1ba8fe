"""Whose a table is: what an extension brings is neither lost nor compared, and what only looks like it is."""

import psycopg
import pytest

from _address import Target
from _catalogue import schema
from _lost import tables_of
from _postgres import connect
from _rehearsing import rows_by_table

# a table with the number of an extension's function: objects of two kinds may share one
SAME_NUMBER = """SET allow_system_table_mods = on;
INSERT INTO pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
SELECT 'pg_proc'::regclass, 'ours'::regclass, 0, 'pg_extension'::regclass, oid, 0, 'e' FROM pg_extension"""


@pytest.fixture
def target(shop, monkeypatch):
    """A database with a table of an extension, as spatial_ref_sys is one of PostGIS, and with others."""
    monkeypatch.setenv("PATH", shop.environment["PATH"])
    shop.sql("CREATE TABLE ours (id int); CREATE TABLE theirs (id int); CREATE TABLE plain (id int)")
    place = {"host": str(shop.server.folder), "dbname": shop.database, "user": "postgres"}
    with psycopg.connect(**place) as connection:
        connection.execute("ALTER EXTENSION plpgsql ADD TABLE theirs")
        connection.execute(SAME_NUMBER)
    return Target(place)


def test_everybody_knows_the_same_tables_as_ours(target):
    with connect(target, "test") as sql:
        told = {name for kind, name in schema(sql) if kind == "table"}
        lost = {name.removeprefix("public.") for name in tables_of(sql)}
    rows = set(rows_by_table(target))

    assert told == rows == lost | {"django_migrations"}
    assert {"ours", "plain", "theirs"} & told == {"ours", "plain"}
