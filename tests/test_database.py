"""What a sql snippet prints is what psql prints: held against the real psql, statement by statement."""

from __future__ import annotations

import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import closing

import pytest
from tests.repository import CASES

from proofbook.evaluators.database import Connection
from proofbook.lab.lab import Lab
from proofbook.lab.sandbox import Sandbox
from proofbook.pages.expected import plain

READ = tomllib.loads((CASES / "sql/statements.toml").read_text())


def psql(sandbox: Sandbox, code: str) -> str:
    done = subprocess.run(
        [str(sandbox.server.tools / "psql"), "-X", "-v", "ON_ERROR_STOP=1", sandbox.url],
        input=code,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        text=True,
        check=False,
    )
    return done.stdout


@pytest.fixture(scope="module")
def twins(lab: Lab) -> Iterator[tuple[Sandbox, Sandbox]]:
    """Give two equal sandboxes: what one test changes in one, it changes in the other."""
    with lab.sandbox() as ours, lab.sandbox() as theirs:
        yield ours, theirs


@pytest.mark.parametrize("name", READ)
def test_prints_as_psql(name: str, twins: tuple[Sandbox, Sandbox]) -> None:
    ours, theirs = twins
    wanted = psql(theirs, READ[name])

    with closing(Connection(ours.url)) as connection:
        completed = connection.run(READ[name], timeout=10)

    assert plain(completed.output) == plain(wanted)
    assert completed.status == (1 if "ERROR:" in wanted else 0)


@pytest.fixture
def connection(sandbox: Sandbox) -> Iterator[Connection]:
    with closing(Connection(sandbox.url)) as connection:
        yield connection


def test_a_transaction_stays_open_for_the_next_snippet(connection: Connection, sandbox: Sandbox) -> None:
    connection.run("begin; delete from item;", timeout=10)

    assert sandbox.sql("select count(*) from item") == [(40,)]
    assert connection.run("rollback;", timeout=10).output == "ROLLBACK\n"


def test_a_failed_transaction_can_be_rolled_back_by_the_next_snippet(connection: Connection) -> None:
    assert connection.run("begin; select 1 / 0;", timeout=10).status == 1

    assert "current transaction is aborted" in connection.run("select 1;", timeout=10).output
    assert connection.run("rollback; select 1 as a;", timeout=10).status == 0


def test_a_statement_that_never_ends_is_ended(connection: Connection) -> None:
    completed = connection.run("select pg_sleep(60);", timeout=0.2)

    assert completed.timed_out
    assert completed.status == 124
    assert completed.seconds < 60


def test_a_limit_that_the_page_sets_is_an_error_that_a_page_may_show(connection: Connection) -> None:
    connection.run("set statement_timeout = '50ms';", timeout=10)

    completed = connection.run("select pg_sleep(60);", timeout=10)

    assert completed.output == "ERROR:  canceling statement due to statement timeout\n"
    assert (completed.status, completed.timed_out) == (1, False)


def test_nobody_sees_a_limit_of_ours(connection: Connection) -> None:
    assert "\n 0\n" in connection.run("show statement_timeout;", timeout=10).output


def test_statements_run_as_the_role_of_the_sandbox(connection: Connection) -> None:
    assert "\n keeper\n" in connection.run("select current_user;", timeout=10).output


def test_a_connection_that_is_ended_is_an_error_that_is_shown(connection: Connection) -> None:
    completed = connection.run("select pg_terminate_backend(pg_backend_pid());", timeout=10)

    assert completed.status == 1
    assert "terminating connection" in completed.output
