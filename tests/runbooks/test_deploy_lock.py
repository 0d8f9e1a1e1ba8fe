import contextlib
import os
import re
import signal
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from _address import Target
from _command import in_shell, run_command
from _deploy_lock import holders, tell_holder
from _postgres import connect
from _step import CouldNotTell, Failed

LONG = 120  # seconds after which what never ends is a failure, on however slow a machine


def hold(shop, folder, *flags):
    """Hold the lock by a command that waits for a file."""
    wait = f"echo held; until [ -e {folder}/go ]; do sleep 0.05; done"
    return shop.start(shop.command("deploy_lock", *flags, "--apply", "--", "sh", "-c", wait))


def until_held(running):
    for line in running.stdout:
        if line.strip() == "held":
            return
    raise AssertionError("the lock was never held")


def test_nobody_deploys(shop):
    free = shop.run("deploy_lock", "--status")

    assert (free.code, "✓ lock" in free.out) == (0, True), free.out + free.err


def test_the_second_is_told_who_holds_it_and_since_when(shop, tmp_path):
    with hold(shop, tmp_path) as running:
        until_held(running)
        status = shop.run("deploy_lock", "--status")
        second = shop.run("deploy_lock", "--apply", "--", "touch", "second")
        (tmp_path / "go").touch()

    assert running.returncode == 0
    assert (status.code, second.code) == (1, 1), status.out + second.out
    who = rf"{shop.database} is being deployed by \S+@\S*:{running.pid}, role depot, from the local socket, pid \d+, "
    for said in (status.out, second.out):
        assert re.search(who + r"since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, \d+ s ago", said), said
    assert not (shop.folder / "second").exists()


def test_of_a_holder_that_may_not_be_seen_no_place_is_made_up(shop, monkeypatch):
    """Of another role's session PostgreSQL tells only its user and name, unless pg_read_all_stats is granted."""
    monkeypatch.setenv("PATH", shop.environment["PATH"])
    target = Target({"host": str(shop.server.folder), "dbname": "postgres", "user": "depot"})
    place = {"host": str(shop.server.folder), "dbname": "postgres", "user": "postgres"}
    with closing(psycopg.connect(**place)) as holder, connect(target, "test") as sql:
        holder.execute("SELECT pg_advisory_lock(hashtextextended('deployment of ' || %s, 7201))", [shop.database])
        [found] = holders(sql, shop.database)

    assert "role postgres, from a place this role may not see, pid " in tell_holder(found)


def test_the_second_can_wait(shop, tmp_path):
    with hold(shop, tmp_path) as running:
        until_held(running)
        with shop.start(
            shop.command("deploy_lock", "--wait-lock", "120", "--apply", "--", "touch", "second")
        ) as second:
            assert any("waiting for" in line for line in second.stdout)
            assert not (shop.folder / "second").exists()
            (tmp_path / "go").touch()

    assert (second.returncode, (shop.folder / "second").exists()) == (0, True)


def test_the_plan_takes_nothing_and_runs_nothing(shop):
    plan = shop.plans("deploy_lock", "--", "touch", "made")

    assert "hold the lock and run: touch made" in plan.out
    assert not (shop.folder / "made").exists()


def test_another_database_has_another_lock(server, shop, tmp_path):
    other = f"{shop.database}_other"
    server.sql(f"CREATE DATABASE {other} OWNER depot")
    url = shop.environment["DATABASE_URL"].replace(shop.database, other)
    with hold(shop, tmp_path) as running:
        until_held(running)
        free = shop.run("deploy_lock", "--status", DATABASE_URL=url, SHOP_DATABASE=other)
        (tmp_path / "go").touch()

    assert free.code == 0, free.out + free.err


def held(shop):
    return shop.run("deploy_lock", "--status").code == 1


def test_it_goes_with_its_holder_and_stays_while_the_command_runs(shop, tmp_path):
    """Killed with SIGKILL, the runbook cannot end the command; nobody may deploy until that has ended."""
    with hold(shop, tmp_path) as running:
        until_held(running)
        running.send_signal(signal.SIGKILL)
        running.wait()
        assert held(shop)
        (tmp_path / "go").touch()
        end = time.monotonic() + LONG
        while held(shop):
            assert time.monotonic() < end


def test_asked_to_end_it_ends_the_command_and_lets_go(shop, tmp_path):
    with hold(shop, tmp_path) as running:
        until_held(running)
        running.terminate()
        said = running.stdout.read()

    assert (running.returncode, "interrupted" in said) == (1, True), said
    assert not held(shop)


def test_a_restore_that_renames_the_database_leaves_the_lock(shop, tmp_path):
    shop.run("backup_database", "--into", "backups", "--apply")
    shop.sql("DELETE FROM sales_sale WHERE id > 10")
    [dump] = (shop.folder / "backups").glob("*.dump")
    with hold(shop, tmp_path) as running:
        until_held(running)
        done = shop.run("restore_database", "--from", str(dump), "--switch", "--end-connections", "--apply")
        assert (done.code, held(shop)) == (0, True), done.out
        (tmp_path / "go").touch()


def test_a_command_that_fails_is_told_with_its_status(shop):
    done = shop.run("deploy_lock", "--apply", "--", "sh", "-c", "echo from the command; exit 7")

    assert (done.code, "from the command" in done.out) == (1, True), done.out
    assert "the command ended with 7" in done.out


def test_no_command_is_no_deployment(shop):
    assert shop.run("deploy_lock", "--apply").code == 2


def test_what_a_command_prints_is_cleaned(shop):
    done = shop.run("deploy_lock", "--apply", "--", "sh", "-c", "echo key $MY_TOKEN; env", MY_TOKEN="hidden-word")

    assert (done.code, "key ***" in done.out, "hidden-word" in done.out) == (0, True, False)
    assert "hidden-word" not in done.err


def test_what_a_command_leaves_running_is_not_waited_for(tmp_path):
    command = f"echo begun; sleep 600 & echo $! > {tmp_path}/pid"
    began = time.monotonic()
    try:
        assert list(run_command(in_shell(command), {})) == ["begun"]
        assert time.monotonic() - began < 300
        os.kill(int((tmp_path / "pid").read_text()), 0)
    finally:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


def napping(nap):
    """Give the processes that sleep so long."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if path.read_bytes() == f"sleep\0{nap}\0".encode():
                found.append(path)
    return found


def test_a_command_that_takes_too_long_is_ended_with_all_it_started():
    nap = f"61.{os.getpid()}"  # a number of this process's own, by which it is found
    command = f"sleep {nap} & sleep {nap}; wait"

    with pytest.raises(Failed, match=r"it took more than 0\.5 s"):
        list(run_command(in_shell(command), {}, limit=0.5))

    end = time.monotonic() + LONG
    while naps := napping(nap):
        assert time.monotonic() < end, naps


def hear(command, **limit):
    began = time.monotonic()
    for _ in run_command(in_shell(command), {}, **limit):
        assert time.monotonic() - began < LONG


def test_a_command_that_never_stops_printing_is_ended_all_the_same():
    with pytest.raises(Failed, match=r"it took more than 0\.5 s"):
        hear("while :; do echo still here; done", limit=0.5)


def test_what_a_command_leaves_printing_is_not_listened_to_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr("_command.GRACE", 0.5)
    command = f"(while :; do echo still here; sleep 0.02; done) & echo $! > {tmp_path}/pid; sleep 0.2"
    try:
        hear(command)
    finally:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


def test_a_shell_stops_at_the_first_failure_and_at_unset_variables():
    with pytest.raises(Failed, match="ended with 1"):
        list(run_command(in_shell("false; true"), {}))
    with pytest.raises(Failed):
        list(run_command(in_shell("echo $NEVER_SET"), {}))
    assert list(run_command(in_shell('echo "$RELEASE"'), {"RELEASE": "v 2"})) == ["v 2"]


def test_a_program_that_is_not_there_could_not_be_started():
    with pytest.raises(CouldNotTell, match="cannot start no-such-program"):
        list(run_command(["no-such-program"], {}))


def test_what_is_no_text_is_shown_all_the_same():
    assert list(run_command([sys.executable, "-c", r"import sys; sys.stdout.buffer.write(b'\xff\n')"], {})) == [
        "\ufffd"
    ]
