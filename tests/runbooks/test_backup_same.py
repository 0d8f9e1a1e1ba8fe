"""When a backup is taken again: whenever the newest one does not hold all that the database holds."""

import json
import re
from pathlib import Path

import pytest
from tests.runbooks.test_backup_database import CALL, dumps, stand_in

import _manifest
import backup_database
from _retention import newest

THERE = """
CREATE FUNCTION price() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE VIEW cheap AS SELECT id FROM stock_item;
CREATE TABLE priced (id int PRIMARY KEY, price int DEFAULT 1, CONSTRAINT positive CHECK (price > 0));
CREATE INDEX priced_by ON priced (price);
CREATE TRIGGER noted BEFORE INSERT ON priced FOR EACH ROW EXECUTE FUNCTION note();
CREATE POLICY mine ON priced USING (price = 1);
CREATE TYPE size AS ENUM ('small');
CREATE DOMAIN amount AS int CONSTRAINT above CHECK (VALUE > 0);
CREATE SEQUENCE numbers;
SELECT lo_from_bytea(4711, repeat('x', 3000000)::bytea);
"""
SHOWN = "CREATE OR REPLACE VIEW cheap AS SELECT id FROM stock_item"
PRICE = "CREATE OR REPLACE FUNCTION price() RETURNS int LANGUAGE sql AS"
CHECKED = "ALTER TABLE priced DROP CONSTRAINT positive, ADD CONSTRAINT positive CHECK"
INDEXED = "DROP INDEX priced_by; CREATE INDEX priced_by ON priced"
NOTED = "DROP TRIGGER noted ON priced; CREATE TRIGGER noted"
RUNS = "INSERT ON priced FOR EACH ROW EXECUTE FUNCTION note()"
# each changes what there is under its name, and changes it back
CHANGES = {
    f"{PRICE} 'SELECT 2'": f"{PRICE} 'SELECT 1'",
    "ALTER FUNCTION price() SECURITY DEFINER": "ALTER FUNCTION price() SECURITY INVOKER",
    f"{SHOWN} WHERE id < 9": SHOWN,
    "ALTER TABLE priced ALTER price SET DEFAULT 2": "ALTER TABLE priced ALTER price SET DEFAULT 1",
    f"{CHECKED} (price > 9)": f"{CHECKED} (price > 0)",
    f"{INDEXED} (price, id)": f"{INDEXED} (price)",
    f"{NOTED} AFTER {RUNS}": f"{NOTED} BEFORE {RUNS}",
    "ALTER POLICY mine ON priced USING (true)": "ALTER POLICY mine ON priced USING (price = 1)",
    "ALTER TYPE size RENAME VALUE 'small' TO 'large'": "ALTER TYPE size RENAME VALUE 'large' TO 'small'",
    "ALTER SEQUENCE numbers INCREMENT 2": "ALTER SEQUENCE numbers INCREMENT 1",
    "ALTER DOMAIN amount SET DEFAULT 7": "ALTER DOMAIN amount DROP DEFAULT",
    "GRANT SELECT ON priced TO PUBLIC": "REVOKE SELECT ON priced FROM PUBLIC",
    "COMMENT ON TABLE priced IS 'each has one'": "COMMENT ON TABLE priced IS NULL",
    "SELECT lo_put(4711, 2999999, 'y')": "SELECT lo_put(4711, 2999999, 'x')",
    "GRANT SELECT ON LARGE OBJECT 4711 TO PUBLIC": "REVOKE SELECT ON LARGE OBJECT 4711 FROM PUBLIC",
    "ALTER DATABASE {name} SET work_mem TO '7MB'": "ALTER DATABASE {name} RESET work_mem",
    "GRANT CREATE ON DATABASE {name} TO PUBLIC": "REVOKE CREATE ON DATABASE {name} FROM PUBLIC",
}


@pytest.fixture
def here(shop, monkeypatch):
    """The shop as the place and the environment of this process: many runs of a runbook then need no other."""
    monkeypatch.chdir(shop.folder)
    for key, value in shop.environment.items():
        monkeypatch.setenv(key, value)
    return shop


def test_whatever_is_defined_or_granted_anew_asks_for_another_backup(here, capsys):
    here.sql(THERE)
    as_it_was = here.server.dump(here.database)
    assert backup_database.main([*CALL[1:], "--apply"]) == 0

    unseen = []
    for change, back in CHANGES.items():
        here.sql(change.format(name=here.database))
        unseen += [change] * (backup_database.main([*CALL[1:]]) != 1)
        here.sql(back.format(name=here.database))

    capsys.readouterr()
    assert unseen == []
    assert here.server.dump(here.database) == as_it_was
    assert backup_database.main([*CALL[1:], "--apply"]) == 0
    assert len(dumps(here)) == 1


def test_a_backup_that_does_not_tell_of_large_objects_is_taken_again(here):
    assert backup_database.main([*CALL[1:], "--apply"]) == 0
    [dump] = dumps(here)
    manifest = json.loads(Path(f"{dump}.json").read_text())
    del manifest["large_objects_sum"]
    _manifest.write_manifest(dump, manifest)

    assert backup_database.main([*CALL[1:]]) == 1


def later(dump, stamp):
    """Have a backup be written by a machine whose clock is ahead."""
    other = dump.with_name(re.sub(r"\d{8}_\d{6}", stamp, dump.name))
    dump.rename(other)
    _manifest.write_manifest(other, {**_manifest.load(_manifest.manifest_of(dump)), "stamp": stamp})
    _manifest.manifest_of(dump).unlink()
    return other


def test_the_backup_just_made_is_the_newest_whatever_clock_wrote_the_others(here):
    assert backup_database.main([*CALL[1:], "--apply"]) == 0
    ahead = later(*dumps(here), "20991231_235959")
    here.sql("UPDATE stock_item SET name = 'other' WHERE id = 1")

    assert backup_database.main([*CALL[1:], "--apply"]) == 0

    [made] = set(dumps(here)) - {ahead}
    manifest = _manifest.read_manifest(made)
    assert newest(made.parent, here.database, manifest["server_id"]) == made
    assert manifest["made"] < "2099"


def test_a_name_that_looks_like_a_pattern_is_one_name(here):
    name = f"{here.database}[1]"
    here.server.sql(f'CREATE DATABASE "{name}" OWNER depot')
    torn = here.folder / "backups" / f"{name}_20200101_000000.dump.partial"
    torn.parent.mkdir()
    torn.write_text("half")
    url = f"postgresql://depot@/{here.database}%5B1%5D?host={here.server.folder}"

    done = here.run(*CALL, "--apply", DATABASE_URL=url)

    assert (done.code, torn.exists()) == (0, False), done.out
    here.server.sql(f'DROP DATABASE "{name}"')


def test_somebody_who_waits_for_a_table_is_not_waited_for(shop):
    """He waits for this run, as it has locked the table, and pg_dump would wait for him."""
    real, place = shop.server.tools, f"-h {shop.server.folder} -U depot -d {shop.database}"
    alter = f'{real}/psql {place} -qc "ALTER TABLE sales_sale ADD note text" > altered 2>&1 &'
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'sales_sale'::regclass"
    watch = f'until [ "$({real}/psql {place} -Atc "{waits}")" = 1 ]; do sleep 0.05; done'
    stand_in(shop, "pg_dump", f'case "$*" in *version*) ;; *) {alter} {watch};; esac; exec {real}/pg_dump "$@"')

    done = shop.run(*CALL, "--apply")

    assert (done.code, "LOCK TABLE" in done.out) == (1, True), done.out
    assert list((shop.folder / "backups").glob("[!.]*")) == []
    shop.wait_for("SELECT count(*) FROM pg_attribute WHERE attrelid = 'sales_sale'::regclass AND attname = 'note'", "1")
