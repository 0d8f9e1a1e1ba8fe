"""A database that cannot be reached: the fault is named from what a real server, or none, says to the runbook."""

import json
import time

import pytest

from _complaints import FAULTS, USUAL, hint_for

REACHED = {
    "DBC101": "postgresql://depot@127.0.0.1:1/{database}",
    "DBC102": "postgresql://sealed:wrong@/{database}?host={folder}",
    "DBC103": "postgresql://nobody_of_that_name@/{database}?host={folder}",
    "DBC104": "postgresql://depot@no-such-host.invalid/{database}",
    "DBC105": "postgresql://depot@/{database}?host={folder}",
    "DBC106": "postgresql://depot@/no_such_database?host={folder}",
}


def lets_in(server, role):
    """Tell whether a role gets in without a password."""
    flags = ("--no-password", "--host", str(server.folder), "--username", role, "--dbname", "postgres")
    return not server.run("psql", *flags, "--command", "SELECT 1", check=False).returncode


@pytest.fixture
def sealed(server):
    """A role that must know a password."""
    server.sql("CREATE ROLE sealed LOGIN PASSWORD 'right' IN ROLE depot")
    hba = server.folder / "pg" / "pg_hba.conf"
    before = hba.read_text()
    hba.write_text(f"local all sealed scram-sha-256\n{before}")
    server.sql("SELECT pg_reload_conf()")
    end = time.monotonic() + 120
    while lets_in(server, "sealed"):  # the server reads the file when it gets to it
        assert time.monotonic() < end
        time.sleep(0.05)
    yield
    hba.write_text(before)
    server.sql("SELECT pg_reload_conf()")
    server.sql("DROP ROLE sealed")


@pytest.mark.parametrize("fault", REACHED)
@pytest.mark.usefixtures("sealed")
def test_the_fault_is_named_where_the_connection_fails(shop, fault):
    url = REACHED[fault].format(database=shop.database, folder=shop.server.folder)
    if fault == "DBC105":
        shop.server.sql(f"ALTER DATABASE {shop.database} CONNECTION LIMIT 0")

    done = shop.run("backup_database", "--project", "..", "--into", "backups", DATABASE_URL=url)

    assert done.code == 2, done.out
    assert f"hint: {fault}: " in done.out
    assert "wrong" not in done.out


def test_a_check_of_migrations_names_it_too_and_checks_the_rest(shop):
    shop.edit("shop/settings.py", '"HOST": os.environ["PGHOST"]', '"HOST": "/nowhere"')

    done = shop.run("validate_migrations", "--json", DATABASE_URL="")

    checks = {each["name"]: each for each in json.loads(done.out)["checks"]}
    assert (done.code, checks["database"]["status"], checks["models"]["status"]) == (2, "could-not-check", "passed")
    assert "DBC101: is the server up" in checks["database"]["reason"]


def test_words_that_nobody_knows_get_the_usual_hint():
    """A server may speak another language; no fault is guessed."""
    assert hint_for('FATAL:  la autentificación password falló para el usuario "depot"') == USUAL
    assert hint_for("") == USUAL


def test_what_sqlite_says_is_known():
    assert hint_for("unable to open database file").startswith("DBC110: ")
    assert hint_for("attempt to write a readonly database").startswith("DBC107: ")
    assert sorted(each[0] for each in FAULTS) == sorted([*REACHED, "DBC107", "DBC110"])
