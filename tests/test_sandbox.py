"""A sandbox is a copy of its own, with an environment from nothing and an unprivileged user, and it is removed."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import psycopg
import pytest

from proofbook.errors import ProofbookError
from proofbook.lab.lab import Lab
from proofbook.lab.places import checkout_key, run_folder
from proofbook.lab.sandbox import Sandbox

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a sandbox as somebody else")


def databases(lab: Lab) -> set[str]:
    with lab.server.connect() as connection:
        return {name for (name,) in connection.execute("select datname from pg_database")}


def test_a_sandbox_is_the_lab_with_its_runbooks_and_rows(sandbox: Sandbox) -> None:
    assert sandbox.files.read("status.txt") == "service is up\n"
    assert (sandbox.root / "runbooks/mend.py").is_file()
    assert not (sandbox.root / "faults").exists()
    assert sandbox.sql("select count(*), min(name) from item") == [(40, "item 1")]


def test_it_is_a_git_repository_with_one_commit(sandbox: Sandbox) -> None:
    assert sandbox.run("git rev-list --count HEAD; git status --porcelain").output == "1\n"


def test_two_sandboxes_share_nothing(lab: Lab) -> None:
    with lab.sandbox() as one, lab.sandbox() as other:
        one.files.write("status.txt", "changed")
        one.sql("delete from item")

        assert other.files.read("status.txt") == "service is up\n"
        assert other.sql("select count(*) from item") == [(40,)]


def test_a_copy_of_a_sandbox_has_its_state(lab: Lab, sandbox: Sandbox) -> None:
    sandbox.files.write("status.txt", "broken")
    sandbox.sql("delete from item where id > 10")
    sandbox.environment["MODE"] = "broken"

    with lab.sandbox(sandbox) as copy:
        assert copy.files.read("status.txt") == "broken"
        assert copy.sql("select count(*) from item") == [(10,)]
        assert copy.run("echo $MODE $PGDATABASE").output == f"broken {copy.database}\n"


def test_it_is_removed_also_after_a_failure(lab: Lab) -> None:
    with contextlib.suppress(ZeroDivisionError), lab.sandbox() as sandbox:
        connection = sandbox.connect()
        process = sandbox.start(["sleep", "62"])
        raise ZeroDivisionError

    assert not sandbox.folder.exists()
    assert sandbox.database not in databases(lab)
    assert connection.closed
    assert process.returncode is not None


def test_what_could_not_be_made_is_told_and_removed(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lab, "template", "absent")

    with pytest.raises(ProofbookError, match='cannot be made: template database "absent" does not exist') as caught:
        lab.sandbox().__enter__()

    assert caught.value.hint
    assert list((lab.folder / "sandboxes").iterdir()) == []


def test_whoever_is_connected_does_not_keep_it(lab: Lab) -> None:
    with lab.sandbox() as sandbox:
        stranger = psycopg.connect(sandbox.url)

    assert sandbox.database not in databases(lab)
    stranger.close()


def test_the_environment_is_made_from_nothing(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "mine")

    text = sandbox.run("env").output

    names = {line.partition("=")[0] for line in text.splitlines()}
    assert names <= {
        *("PATH", "HOME", "TMPDIR", "LANG", "COLUMNS", "NO_COLOR", "TZ", "PYTHONDONTWRITEBYTECODE", "TINY_URL"),
        *("GIT_CONFIG_NOSYSTEM", "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"),
        *("PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "DATABASE_URL", "PWD", "SHLVL", "_"),
        *("PROOFBOOK_RUN", "PROOFBOOK_SANDBOX", "PROOFBOOK_FENCE"),
    }
    assert "hunter2" not in text


def test_a_fault_may_set_a_variable_and_take_one_out(lab: Lab, sandbox: Sandbox) -> None:
    sandbox.environment.update({"MODE": "broken", "DATABASE_URL": None, "PGHOST": None})

    with lab.sandbox(sandbox) as copy:
        for one in (sandbox, copy):
            told = one.run('echo "$MODE ${DATABASE_URL-none} ${PGHOST-none} ${PGUSER-none}"').output
            assert told == "broken none none keeper\n"


def test_its_paths_are_its_own(sandbox: Sandbox) -> None:
    told = sandbox.run("echo $HOME; command -v python psql; echo ${PATH##*:/usr}").output.splitlines()

    assert told[0] == str(sandbox.folder / "home")
    assert [Path(line).parent.name for line in told[1:3]] == ["bin", "bin"]
    assert ".venv-lab" in told[1] or "proofbook-lab" in told[1]
    assert "pginstall18" in told[2]
    assert told[3] == "/bin:/bin"


@as_root
def test_its_programs_are_nobody(sandbox: Sandbox, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    secret.chmod(0o600)
    tmp_path.chmod(0o755)

    assert sandbox.run("id -un; id -Gn").output == "nobody\nnogroup\n"
    assert sandbox.run(f"cat {secret}", check=False).status != 0
    assert sandbox.run("cat /etc/shadow", check=False).status != 0
    assert sandbox.run("touch mine; stat -c %U mine status.txt .").output == "nobody\nnobody\nnobody\n"


@as_root
def test_a_private_umask_of_the_caller_hinders_nobody(lab: Lab) -> None:
    before = os.umask(0o077)
    try:
        with lab.sandbox() as sandbox:
            sandbox.files.write("a/b.txt", "x")
            assert sandbox.run("cat a/b.txt status.txt").output == "xservice is up\n"
    finally:
        os.umask(before)


def test_files_are_edited_at_the_one_place_that_is_meant(sandbox: Sandbox) -> None:
    sandbox.files.write("a/b/c.txt", "one two one\n")

    sandbox.files.edit("a/b/c.txt", "two", "2")
    with pytest.raises(ProofbookError, match="'one' stands there 2 times, not once"):
        sandbox.files.edit("a/b/c.txt", "one", "1")
    sandbox.files.remove("status.txt")

    assert sandbox.run("cat a/b/c.txt; ls").output.split() == ["one", "2", "one", "a", "runbooks", "schema.sql"]


def test_a_command_that_fails_is_told(sandbox: Sandbox) -> None:
    with pytest.raises(ProofbookError, match=r"false \| cat: ended with 1"):
        sandbox.run("false | cat")

    assert sandbox.run("exit 4", check=False).status == 4


def test_values_are_given_apart_from_the_statement(sandbox: Sandbox) -> None:
    assert sandbox.sql("select %s || 'b'", "a'") == [("a'b",)]
    assert sandbox.sql("select '%'") == [("%",)]


def test_what_is_open_makes_it_live(sandbox: Sandbox) -> None:
    assert not sandbox.is_live

    connection = sandbox.connect()
    assert sandbox.is_live
    connection.close()
    assert not sandbox.is_live

    sandbox.start(["sleep", "63"])
    assert sandbox.is_live


def test_a_transaction_stays_open_until_the_end(lab: Lab) -> None:
    with lab.sandbox() as sandbox:
        holder = sandbox.connect()
        holder.execute("lock table item")
        waiting = sandbox.run("psql -c \"set lock_timeout = '100ms'; select 1 from item\"", check=False)

    assert "lock timeout" in waiting.output
    assert holder.closed


def test_getting_ready_takes_one_statement_and_few_files(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    connected = []
    connect = type(lab.server).connect
    monkeypatch.setattr(type(lab.server), "connect", lambda *words: connected.append(1) or connect(*words))

    began = time.perf_counter()
    with lab.sandbox() as sandbox:
        ready = time.perf_counter() - began
        assert len(connected) == 1
        assert sum(1 for _ in sandbox.root.rglob("*")) < 40

    print(f"a sandbox was ready after {ready * 1000:.0f} ms")


def test_it_is_short_enough_for_a_socket() -> None:
    assert len(str(run_folder(Path("/a/very/long/path" * 20)) / "s/.s.PGSQL.5432")) < 107
    assert checkout_key(Path("/a")) != checkout_key(Path("/b"))


def test_ending_a_sandbox_spares_one_with_the_same_database_name(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.start(["sleep", "30"])
    namesake = Sandbox(tmp_path, sandbox.database, sandbox.server, {}, sandbox.account)

    namesake.end()

    assert sandbox.is_live
