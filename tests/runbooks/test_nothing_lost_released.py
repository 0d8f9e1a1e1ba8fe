"""A deployment and the way back from it are killed, starved and left by their server, watched for the password."""

import shutil
from contextlib import contextmanager

import pytest
from tests.runbooks.conftest import clone
from tests.runbooks.guarded import behind, full, left, own, releasing, restart, succeeds  # noqa: F401  # some are fixtures
from tests.runbooks.killing import kill_everywhere
from tests.runbooks.test_deploy import (
    SWITCH,
    add_migration,
    alone,
    applied,
    asides,
    comparable,
    current,
    in_the_switch,
    journal,
    rows,
)
from tests.runbooks.test_nothing_lost import small_disk, stand_in, without_stand_ins
from tests.runbooks.trials import tried

import _manifest

pytestmark = pytest.mark.slow
WAYS = ["reverse", "restore"]
# what a kill leaves of the lock ends with what it had started, a moment later
SHARED = ("--record", "records", "--wait-lock", "240", "--apply")
DEPLOY = (*alone(), *SHARED)
BACK = ("roll_back_release", "--into", "backups", *SWITCH[2:], "--before", "v2", *SHARED)
COUNTED = "SELECT count(*) || ' ' || count(DISTINCT name) FROM stock_item"
SINCE = "SELECT count(*) FROM stock_item WHERE name = 'since'"


def whole_backups(shop):
    """See that what counts as a backup is one, and give how many there are."""
    dumps = [path.with_suffix("") for path in (shop.folder / "backups").glob("*.dump.json")]
    return len([_manifest.read_manifest(dump) for dump in dumps if dump.exists()])


def test_a_deployment_that_is_killed_can_be_finished_or_taken_back(releasing):  # noqa: F811
    """Every other time the same command is run again, the other times the way back is taken."""
    with releasing() as shop:
        before, counted = comparable(rows(shop)), shop.sql(COUNTED)

    def holds(shop, moment):
        whole_backups(shop)
        assert shop.sql(COUNTED) == counted
        if moment.number % 2:
            succeeds(shop, *DEPLOY)
            assert (current(shop), applied(shop), shop.sql(COUNTED)) == ("v2", True, counted)
            happened = "run again, it finished"
        else:
            took_back(shop, before)
            happened = "taken back, the state before, row by row"
        assert left(shop, *DEPLOY) == []
        return happened

    for moment, happened in kill_everywhere(releasing, DEPLOY, holds):
        tried("killed with SIGKILL", f"deploy: {moment.outer}", happened)


def took_back(shop, before):
    """Go back; a deployment that was killed before its journal begins has nothing to be taken back, and no name."""
    known = (shop.folder / "backups").exists() and any(each["event"] == "began" for each in journal(shop))
    succeeds(shop, *(word for word in BACK if known or word not in {"--before", "v2"}))
    assert (current(shop), comparable(rows(shop))) == ("v1", before)


@pytest.fixture
def deployed(own, releasing, tmp_path):  # noqa: F811
    """Shops in which v2 is in use and a row has been written since, and what was before; deployed once, then copied."""
    with releasing() as shop:
        before = comparable(rows(shop))
        succeeds(shop, *DEPLOY)
        shop.sql("INSERT INTO stock_item (name) VALUES ('since')")
        clone(own, "deployed", shop.database)
        shutil.copytree(shop.folder, tmp_path / "project")

    @contextmanager
    def fresh():
        with releasing() as other:
            own.sql(f"DROP DATABASE {other.database}")
            clone(own, other.database, "deployed")
            shutil.copytree(tmp_path / "project", other.folder, dirs_exist_ok=True)
            [old] = (other.folder / "backups").glob("*.releases.jsonl")
            text = old.read_text().replace(str(shop.folder), str(other.folder))
            old.unlink()
            old.with_name(f"{other.database}.releases.jsonl").write_text(text)
            [dump] = (other.folder / "backups").glob("*.dump")
            _manifest.write_manifest(dump, {**_manifest.read_manifest(dump), "database": other.database})
            yield other

    yield fresh, before
    own.sql("DROP DATABASE deployed")


@pytest.mark.parametrize("way", WAYS)
def test_a_way_back_that_is_killed_is_carried_on_and_loses_nothing(deployed, way):
    fresh, before = deployed
    call = (*BACK, "--way", way)

    def holds(shop, _moment):
        assert whole_backups(shop) == 1
        succeeds(shop, *call)
        assert current(shop) == "v1"
        where = [shop.database] if way == "reverse" else asides(shop)
        assert [shop.server.sql(SINCE, name) for name in where] == ["1"], where
        shop.sql("DELETE FROM stock_item WHERE name = 'since'")
        assert comparable(rows(shop)) == before
        assert left(shop, *call) == []
        return f"the release before, by way of {way}; the row written since is kept"

    for moment, happened in kill_everywhere(fresh, call, holds):
        tried("killed with SIGKILL", f"roll_back_release: {moment.outer}", happened)


# -- what else may go wrong


def test_a_server_that_stops_while_it_migrates_leaves_a_way_back_and_a_way_on(own, releasing):  # noqa: F811
    """The migration itself stops it, in earnest and not in the rehearsal, and only once."""
    with releasing() as shop:
        before, once = comparable(rows(shop)), shop.folder / "once"
        once.touch()
        add_migration(shop, "migrations.RunPython(stop, migrations.RunPython.noop)")
        path = shop.folder / "stock" / "migrations" / "0003_more.py"
        stop = (
            "def stop(apps, editor):\n"
            "    import os, pathlib, signal\n"
            f"    once = pathlib.Path({str(once)!r})\n"
            "    if once.exists() and not editor.connection.settings_dict['NAME'].startswith('proofbook'):\n"
            "        once.unlink()\n"
            f"        os.kill(int(open('{own.folder}/pg/postmaster.pid').readline()), signal.SIGQUIT)\n"
            "        editor.execute('SELECT 1')\n\n\nclass M"
        )
        path.write_text(path.read_text().replace("class M", stop))
        try:
            done = shop.run(*DEPLOY)
        finally:
            restart(own)
        assert (done.code, current(shop), once.exists()) == (1, "v1", False), done.out
        took_back(shop, before)
        succeeds(shop, *DEPLOY)
        assert (current(shop), applied(shop), left(shop, *DEPLOY)) == ("v2", True, [])
    tried(
        "the server stops in the middle (`immediate`)",
        "deploy: 9. Migrate",
        "failed and said so; started again, it went back, row by row, and then deployed",
    )


def test_a_server_that_stops_while_the_code_is_switched_leaves_a_way_back(own, releasing):  # noqa: F811
    stops = f"kill -QUIT $(head -n 1 {own.folder}/pg/postmaster.pid); echo v2 > current"
    with releasing() as shop:
        before = comparable(rows(shop))
        try:
            done = shop.run(*DEPLOY, "--switch", stops)
        finally:
            restart(own)
        assert (done.code, "go back" in done.out) == (1, True), done.out
        took_back(shop, before)
        assert left(shop, *DEPLOY) == []
    tried(
        "the server stops in the middle (`immediate`)",
        "deploy: 11. Switch the code",
        "failed and said so; started again, it went back, row by row",
    )


@pytest.mark.parametrize("way", WAYS)
def test_a_server_that_stops_on_the_way_back_loses_nothing_and_the_way_can_be_taken_again(own, deployed, way):  # noqa: F811
    """The code goes back first when a migration is reversed, and last when a backup is restored."""
    fresh, before = deployed
    stops = f"kill -QUIT $(head -n 1 {own.folder}/pg/postmaster.pid); echo v1 > current"
    with fresh() as shop:
        call = (*BACK, "--way", way)
        try:
            done = shop.run(*call, "--switch-back", stops)
        finally:
            restart(own)
        assert (done.code, "Traceback" in done.out + done.err) == (1, False), done.out + done.err
        succeeds(shop, *call)
        where = [shop.database] if way == "reverse" else asides(shop)
        assert [shop.server.sql(SINCE, name) for name in where] == ["1"], where
        shop.sql("DELETE FROM stock_item WHERE name = 'since'")
        assert (current(shop), comparable(rows(shop))) == ("v1", before)
        assert left(shop, *call) == []
    tried(
        "the server stops in the middle (`immediate`)",
        "roll_back_release: 4. Go back",
        f"failed and said so; started again, the release before, by way of {way}; the row written since is kept",
    )


def test_a_disk_that_fills_up_while_a_deployment_backs_up_changes_nothing(releasing):  # noqa: F811
    with releasing() as shop, small_disk(shop.folder / "backups", 64) as disk:
        before = rows(shop)
        stand_in(shop, "pg_dump", f'head -c 70m /dev/zero > {disk}/filler; exec {{real}} "$@"')
        done = shop.run(*DEPLOY)
        assert (done.code, current(shop), rows(shop) == before) == (1, "v1", True), done.out
        assert whole_backups(shop) == 0
        assert "No space left on device" in done.out
        (disk / "filler").unlink()
        without_stand_ins(shop)
        succeeds(shop, *DEPLOY)
        assert (current(shop), applied(shop), left(shop, *DEPLOY)) == ("v2", True, [])
    tried("the disk is full while the dump is written", "deploy", "changed nothing; with room again it deployed")


def test_of_two_deployments_at_once_one_is_refused_and_one_deploys(releasing):  # noqa: F811
    with releasing() as shop:
        with in_the_switch(shop, *alone("v2", "--record", "records", "--apply")) as running:
            second = shop.run(*alone("v3"), "--apply")
            (shop.folder / "go").touch()
            shop.heard.append(running.stdout.read())
        assert (second.code, "is being deployed by" in second.out, running.returncode) == (1, True, 0), second.out
        assert (current(shop), applied(shop)) == ("v2", True)
    tried("two at once", "deploy", "the second was told who is at work, the first deployed")
