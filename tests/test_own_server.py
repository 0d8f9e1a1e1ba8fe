"""A page that breaks roles, settings or rules has a server for itself, copied with all of that, and removed."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from tests.repository import CASES, Outcome, Repository, copy_tiny, proven_once

from proofbook.errors import ProofbookError
from proofbook.evaluators.terminal import Terminal
from proofbook.lab.lab import Lab
from proofbook.lab.places import run_folder
from proofbook.lab.preparing import prepared_lab
from proofbook.lab.sandbox import Sandbox
from proofbook.lab.server_state import read_server_state
from proofbook.lab.sweeping import only_run
from proofbook.pages.page import parse_page
from proofbook.proof.records import Records
from proofbook.settings import read_settings

pytestmark = pytest.mark.slow

PAGE = "docs/faults/TNY301.md"


@pytest.fixture(scope="module")
def embedded_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Give the prepared lab of a tiny repository on the server it brings itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PROOFBOOK_DATABASE_URL", raising=False)
        root = copy_tiny(tmp_path_factory.mktemp("own") / "tiny")
        with prepared_lab(read_settings(root), "18", lambda _text: None) as lab:
            yield lab


@pytest.fixture
def sandbox(embedded_lab: Lab) -> Iterator[Sandbox]:
    with embedded_lab.sandbox(own=True) as sandbox:
        yield sandbox


def asked(sandbox: Sandbox, query: str = "select count(*) from item") -> str:
    return sandbox.run(f'psql --no-align --tuples-only --command "{query}"', check=False).output.strip()


def test_it_is_reached_by_its_own_port_with_a_password(sandbox: Sandbox) -> None:
    assert asked(sandbox) == "40"
    assert asked(sandbox, "select current_user, inet_server_port()") == f"keeper|{sandbox.own.port}"
    assert sandbox.sql("select count(*) from item") == [(40,)]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(sandbox.url.replace(sandbox.own.password, "guessed"))


def test_its_superuser_comes_in_by_the_socket_whatever_the_rules(sandbox: Sandbox) -> None:
    sandbox.own.hba("host all all 127.0.0.1/32 reject")

    assert "pg_hba.conf rejects connection" in asked(sandbox)
    assert sandbox.run('psql "$SUPERUSER_URL" -Atc "select current_user"').output == "postgres\n"
    assert sandbox.own.sql("select count(*) from item") == [(40,)]


def test_its_settings_and_roles_can_be_broken(sandbox: Sandbox) -> None:
    sandbox.own.configure(max_connections=7, log_connections=True)
    sandbox.own.restart()
    sandbox.own.sql("create role other login")

    assert asked(sandbox, "show max_connections") == "7"
    assert asked(sandbox, "select rolname from pg_roles where rolname = 'other'") == "other"
    assert "connection authorized" in sandbox.own.log.read_text()


def test_a_server_that_does_not_come_up_is_told_with_its_log(sandbox: Sandbox) -> None:
    sandbox.own.configure(shared_buffers="much")

    with pytest.raises(ProofbookError, match='invalid value for parameter "shared_buffers"'):
        sandbox.own.restart()


def test_a_stopped_server_refuses_and_is_still_read(sandbox: Sandbox) -> None:
    sandbox.own.stop()

    assert "Connection refused" in asked(sandbox)
    with sandbox.own.awake(), sandbox.server.connect(sandbox.database) as connection:
        assert connection.execute("select count(*) from item").fetchall() == [(40,)]
        assert "Connection refused" in asked(sandbox)
    assert not sandbox.own.is_running


def test_a_copy_has_its_rules_settings_roles_and_rows_and_the_source_goes_on(embedded_lab: Lab) -> None:
    with embedded_lab.sandbox(own=True) as source:
        source.own.sql("create role other login")
        source.own.configure(max_connections=7)
        source.sql("delete from item where id > 10")
        with embedded_lab.sandbox(source, asleep=True) as kept:
            assert asked(source) == "10"
            assert not kept.own.is_running
            source.own.stop()
            with embedded_lab.sandbox(kept) as copy:
                assert asked(copy) == "10"
                assert asked(copy, "show max_connections") == "7"
                assert copy.url == source.url
                assert copy.own.sql("select 1 from pg_roles where rolname = 'other'") == [(1,)]
        with embedded_lab.sandbox(source) as copy:
            assert not copy.own.is_running, "the copy of a stopped server is stopped"


def test_a_snippet_may_restart_it_and_nothing_is_called_left_behind(sandbox: Sandbox) -> None:
    (snippet,) = parse_page("docs/x.md", "```bash\npg_ctl restart\npsql -c 'select 1'\n```\n").snippets

    with Terminal(sandbox) as terminal:
        assert terminal.run(snippet).problem == ""

    assert asked(sandbox) == "40"
    assert not sandbox.is_live


def test_it_is_removed(embedded_lab: Lab) -> None:
    with embedded_lab.sandbox(own=True) as sandbox:
        sandbox.run("pg_ctl restart")
        server = psutil.Process(int((sandbox.own.data / "postmaster.pid").read_text().split()[0]))

    assert not server.is_running() or server.status() == psutil.STATUS_ZOMBIE
    assert not sandbox.folder.exists()


CHANGES = {
    "role keeper": "alter role keeper createrole",
    "role other": "create role other",
    "setting of keeper every role": "alter database keeper set statement_timeout = 1",
    "database keeper": "revoke connect on database keeper from public",
    "setting work_mem": "alter system set work_mem = '1MB'",
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_roll_back_must_restore_is_seen(name: str, sandbox: Sandbox) -> None:
    before = read_server_state(sandbox.own)

    sandbox.own.sql(CHANGES[name])

    after = read_server_state(sandbox.own)
    assert {key for key in {*before, *after} if before.get(key) != after.get(key)} == {name}


def test_a_password_is_known_by_what_it_opens(sandbox: Sandbox) -> None:
    before = read_server_state(sandbox.own)
    sandbox.own.sql("alter role keeper password 'another'")
    changed = read_server_state(sandbox.own)
    sandbox.own.sql(f"alter role keeper password '{sandbox.own.password}'")

    assert changed["role keeper"].endswith("another password")
    assert read_server_state(sandbox.own) == before


def test_rules_a_stop_and_a_waiting_setting_are_seen(sandbox: Sandbox) -> None:
    before = read_server_state(sandbox.own)
    sandbox.own.configure(max_connections=7)
    sandbox.own.hba("host all all 127.0.0.1/32 reject")
    waiting = read_server_state(sandbox.own)
    sandbox.own.stop()
    after = read_server_state(sandbox.own)

    assert "setting max_connections until it restarts" in waiting.keys() - before.keys()
    assert (before["server"], after["server"]) == ("runs", "stopped")
    assert after["rule 2"].endswith("reject")


def test_a_sandbox_that_shares_its_server_has_none(embedded_lab: Lab) -> None:
    with embedded_lab.sandbox() as shared, pytest.raises(ProofbookError, match="shares its server") as caught:
        shared.own.stop()

    assert "server: own" in caught.value.hint


def with_page(root: Path) -> Path:
    copy_tiny(root)
    case = CASES / "own_server"
    (root / PAGE).write_text((case / "TNY301.md").read_text())
    (root / "lab/faults/tny301.py").write_text((case / "tny301.py").read_text())
    (root / "docs/own.md").write_text('---\nserver: own\n---\n```bash\nls "$PGDATA/PG_VERSION"\n```\n')
    return root


@pytest.fixture(scope="module")
def proven(tmp_path_factory: pytest.TempPathFactory, plain_environment: dict[str, str]) -> tuple[Path, Outcome]:
    def prove(root: Path) -> Outcome:
        return Repository(with_page(root), plain_environment).prove(PAGE)

    return proven_once(tmp_path_factory.mktemp("own"), prove)


def test_a_page_with_a_server_of_its_own_is_proven_alone_too(proven: tuple[Path, Outcome]) -> None:
    outcome = proven[1]

    assert outcome.told["findings"] == []
    assert outcome.told["not_run"] == []
    assert outcome.told["passed"] == 9
    assert outcome.status == 0


def test_on_a_server_of_somebody_else_it_is_not_run(tmp_path: Path, tiny: Repository) -> None:
    with_page(tmp_path / "own")
    repository = Repository(tmp_path / "own", tiny.environment)

    outcome = repository.prove(PAGE, "docs/own.md")

    assert (outcome.told["passed"], outcome.told["findings"]) == (0, [])
    assert len(outcome.told["not_run"]) == 10
    assert all("needs a server of its own" in entry["reason"] for entry in outcome.told["not_run"])
    states = {record.state for record in Records(repository.root / ".proofbook/records").of_page(PAGE)}
    assert states == {"skipped", "waived"}


def test_a_killed_run_leaves_no_server(embedded: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROOFBOOK_DATABASE_URL", raising=False)
    embedded.write("docs/own.md", "---\nserver: own\n---\n```bash\npg_ctl restart\ntouch began\nsleep 64\n```\n")
    run = embedded.start("prove", "docs/own.md")
    began = time.monotonic()
    while not any(run_folder(embedded.root).glob("sandboxes/*/project/began")):
        assert run.poll() is None
        assert time.monotonic() - began < 300
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert any("postgres" in entry for entry in embedded.leftovers())

    with only_run(read_settings(embedded.root)):
        pass

    assert embedded.leftovers() == []
