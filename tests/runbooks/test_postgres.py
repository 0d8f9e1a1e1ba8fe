import os
import stat
import sys
import time
from pathlib import Path

import pytest
import yaml

import _postgres
from _address import Target, from_settings, parse_url
from _postgres import connect, private_files, quote_variable
from _step import CouldNotTell, Failed
from _tools import run_tool

CASES = yaml.safe_load(Path(__file__).with_name("cases").joinpath("urls.yml").read_text())
PASSWORDS = [
    "secret",
    "p@ss:w/ord?#%",
    "back\\slash:",
    "qu'ote\"s $x `y`",
    "pässwörd🔑",
    " lead and trail ",
    "[::1]{}|<>&;*~!",
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["url"])
def test_a_url_is_read_in_every_spelling(case):
    target = parse_url(case["url"])

    wanted = {key: value for key, value in case.items() if key not in {"url", "password", "ignored"}}
    assert dict(target.parameters) == wanted
    assert target.password == case.get("password")
    assert list(target.ignored) == case.get("ignored", [])


@pytest.mark.parametrize("url", ["", "shop", "sqlite:///db.sqlite3", "mysql://db/shop", "postgresql://db:port/shop"])
def test_what_is_no_address_of_postgresql_says_so_without_repeating_it(url):
    with pytest.raises(CouldNotTell) as caught:
        parse_url(url)

    assert "DATABASE_URL" in caught.value.fact
    assert not url or url not in caught.value.fact


def test_a_target_never_shows_its_password():
    target = parse_url("postgresql://me:hidden@db/shop")

    assert "hidden" not in f"{target} {target!r}"


def test_the_settings_of_django_are_read_like_a_url():
    settings = {"vendor": "postgresql", "NAME": "shop", "USER": "me", "HOST": "localhost", "PORT": "", "PASSWORD": "x"}

    asked = from_settings(settings | {"OPTIONS": {"sslmode": "require", "pool": "True"}})

    assert asked.identity() == parse_url("postgres://me:y@127.0.0.1:5432/shop").identity()
    assert asked.parameters["sslmode"] == "require"
    assert "pool" not in asked.parameters


def test_another_database_than_postgresql_is_refused():
    with pytest.raises(CouldNotTell, match="the project's database is sqlite, not PostgreSQL"):
        from_settings({"vendor": "sqlite", "NAME": "x"})


@pytest.fixture
def locked(server):
    server.sql("CREATE ROLE locked LOGIN")
    yield {"host": str(server.folder), "dbname": "postgres", "user": "locked"}
    server.sql("DROP ROLE locked")


@pytest.fixture
def tools(server, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", f"{server.tools}:/usr/bin:/bin")
    monkeypatch.setattr(_postgres.tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("password", PASSWORDS)
def test_any_password_reaches_the_server(server, locked, tools, password):
    server.sql("ALTER ROLE locked PASSWORD " + "'" + password.replace("'", "''") + "'")

    with connect(Target(locked, password), "test") as sql:
        assert sql.value("SELECT current_user AS name") == "locked"


@pytest.mark.parametrize("password", ["line\nbreak", "null\0"])
def test_a_password_that_no_pass_file_can_hold_says_so(locked, tools, password):
    with pytest.raises(CouldNotTell, match="line break"), connect(Target(locked, password), "test"):
        pass


def test_a_wrong_password_could_not_be_told_and_is_not_shown(server, locked, tools):
    server.sql("ALTER ROLE locked PASSWORD 'right'")

    with pytest.raises(CouldNotTell) as caught, connect(Target(locked, "wrong-one"), "test"):
        pass

    assert "password authentication failed" in caught.value.fact
    assert "wrong-one" not in caught.value.fact


def test_private_files_are_private_and_gone_afterwards(tools):
    with private_files(Target({"host": "/x"}, "never-shown")) as environment:
        files = [Path(environment[name]) for name in ("PGPASSFILE", "PGSERVICEFILE")]
        assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]
        assert "never-shown" not in "".join(environment.values())

    assert not any(file.parent.exists() for file in files)


def test_what_a_killed_run_left_is_swept_and_what_is_held_is_not(tools):
    left = tools / f"{_postgres.PREFIX}killed"
    left.mkdir()
    (left / "pass").write_text("*:*:*:*:secret")
    os.utime(left, (time.time() - 60, time.time() - 60))

    with private_files(Target({}, "one")) as held, private_files(Target({}, "two")):
        assert not left.exists()
        assert Path(held["PGPASSFILE"]).exists()


def test_what_another_run_takes_away_meanwhile_is_nothing_to_sweep(tools, monkeypatch):
    going, real = tools / f"{_postgres.PREFIX}going", os.open
    going.mkdir()

    def gone_before(path, *given, **more):
        if Path(path) == going:
            going.rmdir()
        return real(path, *given, **more)

    monkeypatch.setattr(_postgres.os, "open", gone_before)
    with private_files(Target({}, "one")) as held:
        assert Path(held["PGPASSFILE"]).exists()

    assert not going.exists()


@pytest.fixture
def sql(server, tools):
    with connect(Target({"host": str(server.folder), "dbname": "postgres", "user": "depot"}), "test") as sql:
        yield sql


@pytest.mark.parametrize("text", ["plain", "it's", "a\\b\\n", 'a "b"', "two\nlines", ":'other' :x", "\\! touch x", ""])
def test_a_value_arrives_as_it_is(sql, text):
    assert sql.value("SELECT :'text' AS text", text=text) == text


def test_sql_of_others_is_not_read_by_psql(sql, tools):
    assert sql.foreign("SELECT ':name', '\\! touch " + str(tools / "made") + "'") == [
        f":name|\\! touch {tools / 'made'}"
    ]

    assert not (tools / "made").exists()


def test_an_error_stops_the_script(sql):
    with pytest.raises(Failed, match="division by zero"):
        sql.script("SELECT 1/0; SELECT 'never';")


def test_a_tool_that_is_not_there_could_not_be_told():
    with pytest.raises(CouldNotTell, match="no-such-tool is not on PATH"):
        run_tool(["no-such-tool"], {"PATH": "/nowhere"})


def test_a_program_is_out_of_reach_of_what_a_terminal_sends():
    leads = "import os; print(os.getsid(0) == os.getpid())"

    assert run_tool([sys.executable, "-c", leads], os.environ) == "True\n"


def test_quoting_is_what_the_set_command_reads():
    assert quote_variable("it's \\ two\nlines") == "'it''s \\\\ two\\nlines'"
