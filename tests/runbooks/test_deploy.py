"""A deployment in the tests' shop: its website is told by a file which code runs, and that is what a switch writes."""

import argparse
import json
import re
import signal
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from tests.runbooks.guarded import full, guarded, own  # noqa: F401  # fixtures
from tests.runbooks.test_smoke_test import HEALTHY, HTML, Website

from _case import Case
from _nested import code_of
from _releases import releases_of
from _step import CouldNotTell

pytestmark = pytest.mark.slow
SWITCH = ("--switch", "echo now $RELEASE; echo $RELEASE > current", "--switch-back", "echo $RELEASE > current")


@pytest.fixture
def template(without_weight):
    return without_weight


@pytest.fixture
def website(shop):
    (shop.folder / "current").write_text("v1\n")
    with served(shop) as site:
        yield site


@contextmanager
def served(shop):
    """Serve a website that fails when the code in use is called bad."""
    site = Website()
    plain = site.answer

    def answer(path, headers):
        code = (shop.folder / "current").read_text().strip()
        return (500, HTML, "broken") if code.startswith("bad") else plain(path, headers)

    site.answer, site.pages = answer, dict(HEALTHY)
    with site.served():
        yield site


def call(site, release="v2", *flags):
    url = f"http://127.0.0.1:{site.port}"
    pages = ["--url", url, "--health", "/health/", "--ready", "/ready/", "--page", "/login/", "--wait", "0"]
    return ("deploy", "--release", release, "--into", "backups", "--previous", "v1", *SWITCH, *pages, *flags)


def current(shop):
    return (shop.folder / "current").read_text().strip()


def applied(shop):
    return shop.sql("SELECT count(*) FROM django_migrations WHERE name = '0002_weight'") == "1"


def journal(shop):
    lines = (shop.folder / "backups" / f"{shop.database}.releases.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.lesson("back-up-before-you-migrate")
def test_a_release_is_deployed(shop, website):
    plan = shop.plans(*call(website))
    done = shop.applies(*call(website))

    assert "apply stock.0002_weight" in plan.out
    assert (applied(shop), current(shop)) == (True, "v2"), done.out
    assert [each["event"] for each in journal(shop)] == [
        "began", "backed up", "rehearsed", "migrates", "migrated", "switches", "switched", "deployed",
    ]  # fmt: skip
    assert "on a failure: reverse" in done.out
    assert "     now v2" in done.out


def add_migration(shop, operations, name="0003_more", parent="0002_weight", atomic=True):
    """Write a migration of the app stock that changes no model."""
    (shop.folder / "stock" / "migrations" / f"{name}.py").write_text(
        "from django.db import migrations\n\n\n"
        "class Migration(migrations.Migration):\n"
        f"    dependencies = [('stock', '{parent}')]\n    atomic = {atomic}\n    operations = [{operations}]\n"
    )


def column(name):
    return f"migrations.RunSQL('ALTER TABLE stock_item ADD {name} text', 'ALTER TABLE stock_item DROP {name}')"


def rows(shop):
    return shop.server.dump(shop.database)


def asides(shop):
    return [name for name in shop.server.databases() if name.startswith(f"{shop.database}_before_")]


def comparable(text):
    """Give a dump without what no reversing brings back: how far a sequence has counted."""
    return sorted(line for line in text.splitlines() if "setval" not in line)


@pytest.mark.lesson("run-on-empty-and-on-rows")
def test_a_migration_that_fails_on_the_rows_is_seen_in_the_rehearsal(shop, website):
    add_migration(shop, "migrations.RunSQL('ALTER TABLE stock_item ALTER weight SET NOT NULL', '')")
    before = rows(shop)

    done = shop.run(*call(website), "--apply")

    assert (done.code, current(shop)) == (1, "v1"), done.out
    assert 'column "weight" of relation "stock_item" contains null values' in done.out
    assert "nothing had been changed" in done.out
    assert rows(shop) == before
    assert journal(shop)[-1]["event"] == "gave up"


ONLY_HERE = """
DO $$ BEGIN IF current_database() NOT LIKE 'proofbook%%' THEN RAISE EXCEPTION 'only here'; END IF; END $$
"""


def test_a_migration_that_fails_only_in_earnest_is_taken_back(shop, website):
    add_migration(shop, f"{column('note')}, migrations.RunSQL({ONLY_HERE!r}, '')")
    before = comparable(rows(shop))

    done = shop.run(*call(website), "--apply")

    assert (done.code, current(shop)) == (1, "v1"), done.out
    assert "only here" in done.out
    assert "taken back: stock.0002_weight" in done.out
    assert "the schema is as before, and so is every row" in done.out
    assert comparable(rows(shop)) == before
    assert (journal(shop)[-1]["event"], asides(shop)) == ("went back", [])


def test_a_release_that_does_not_work_is_taken_back_code_first(shop, website):
    before = comparable(rows(shop))

    done = shop.run(*call(website, "bad"), "--apply")

    assert (done.code, current(shop), applied(shop)) == (1, "v1", False), done.out
    assert "the server answers 500" in done.out
    assert "GOING BACK to v1" in done.out
    assert comparable(rows(shop)) == before


@pytest.mark.lesson("expand-then-contract")
def test_the_old_code_is_asked_on_the_new_schema_before_the_switch(shop, website):
    plain = website.answer
    website.answer = lambda path, headers: (500, HTML, "no such column") if applied(shop) else plain(path, headers)

    done = shop.run(*call(website), "--apply")

    assert (done.code, current(shop), applied(shop)) == (1, "v1", False), done.out
    assert "Ask the old code on the new schema" in done.out
    assert "Switch the code" not in done.out
    assert "switches" not in [each["event"] for each in journal(shop)]


def test_the_rehearsal_of_the_way_back_cannot_write_to_another_database(v1):
    """Only taken back does the migration write there; the alias means the database in use."""
    v1.edit("shop/settings.py", "}\nDEFAULT_AUTO", '}\nDATABASES["other"] = dict(DATABASES["default"])\nDEFAULT_AUTO')
    add_migration(v1, "migrations.RunPython(migrations.RunPython.noop, write)")
    path = v1.folder / "stock" / "migrations" / "0003_more.py"
    act = "apps.get_model('stock', 'Item').objects.using('other').filter(pk=1).update(name='rehearsed')"
    path.write_text(path.read_text().replace("class M", f"def write(apps, _):\n    {act}\n\n\nclass M"))

    done = v1.run(*alone(), "--apply")

    assert (done.code, "read-only transaction" in done.out, "on a failure: restore" in done.out) == (0, True, True)
    assert v1.sql("SELECT count(*) FROM stock_item WHERE name = 'rehearsed'") == "0"


FILL = "UPDATE stock_item SET name = upper(name)"


def test_what_reversing_would_not_bring_back_is_restored_and_nothing_written_since_is_lost(shop, website):
    add_migration(shop, f"migrations.RunSQL({FILL!r}, '')")
    before = comparable(rows(shop))
    write = f"{shop.server.tools}/psql -q -h {shop.server.folder} -U depot -d {shop.database}"
    meanwhile = f"{write} -c \"INSERT INTO stock_item (name) VALUES ('written meanwhile')\""

    done = shop.run(*call(website, "bad", "--switch", f"{meanwhile}; echo bad > current"), "--apply")

    assert (done.code, current(shop)) == (1, "v1"), done.out
    assert "on a failure: restore" in done.out
    assert comparable(rows(shop)) == before
    [aside] = asides(shop)
    assert f"and only in {aside}: public.stock_item: 1 new, 50 changed" in done.out, done.out
    assert shop.server.sql("SELECT count(*) FROM stock_item WHERE name = 'written meanwhile'", aside) == "1"


def test_a_migration_without_a_transaction_that_stops_halfway_is_restored(v1):
    """Nothing is recorded of it, and half of its rows are changed: only the backup knows how they were."""
    there, back = "UPDATE stock_item SET name = 'x' || name", "UPDATE stock_item SET name = substr(name, 2)"
    add_migration(v1, f"migrations.RunSQL({there!r}, {back!r}), migrations.RunSQL({ONLY_HERE!r}, '')", atomic=False)
    before = comparable(rows(v1))

    done = v1.run(*alone(), "--apply")

    assert (done.code, "on a failure: reverse" in done.out) == (1, True), done.out
    assert "not as before: public.stock_item has 50 rows, 50 in the backup, and their content differs" in done.out
    assert comparable(rows(v1)) == before
    assert len(asides(v1)) == 1


def alone(release="v2", *flags):
    """A deployment without a website, which is quicker."""
    return ("deploy", "--release", release, "--into", "backups", "--previous", "v1", *SWITCH, *flags)


@pytest.fixture
def v1(shop):
    (shop.folder / "current").write_text("v1\n")
    return shop


def test_a_lock_that_does_not_come_is_waited_for_a_little_and_then_taken_back(v1):
    before = comparable(rows(v1))
    with v1.connect() as connection:
        connection.execute("SELECT * FROM stock_item")
        done = v1.run(*alone(), "--tries", "2", "--lock-timeout", "200ms", "--apply")

    assert (done.code, current(v1)) == (1, "v1"), done.out
    assert "stock.0002_weight waits: OperationalError" in done.out
    assert "unblock_migration tells who is in the way" in done.out
    assert comparable(rows(v1)) == before
    assert journal(v1)[-1]["event"] == "went back"


@pytest.mark.lesson("limit-the-wait")
def test_every_migration_runs_with_a_limit_on_waiting_for_locks(v1):
    tell = "CREATE TABLE told AS SELECT current_setting('lock_timeout')"
    add_migration(v1, f"migrations.RunSQL({tell!r}, 'DROP TABLE told')")

    v1.applies(*alone())

    assert v1.sql("TABLE told") == "2s"


def test_a_lock_that_comes_late_is_enough(v1):
    with v1.connect() as connection:
        connection.execute("SELECT * FROM stock_item")
        with v1.start(v1.command(*alone(), "--tries", "9", "--lock-timeout", "200ms", "--apply")) as running:
            said = []
            for line in running.stdout:
                said.append(line)
                if "waits: OperationalError" in line:
                    connection.rollback()

    assert (running.returncode, applied(v1), current(v1)) == (0, True, "v2"), "".join(said)


def waits(folder):
    return f"touch {folder}/begun; until [ -e {folder}/go ]; do sleep 0.05; done"


@contextmanager
def in_the_switch(shop, *call, group=False):
    """Have a deployment run until it is in the middle of its switch."""
    with shop.start(
        shop.command(*call, "--switch", f"echo $RELEASE > current; echo here; {waits(shop.folder)}"), alone=group
    ) as running:
        said = []
        for line in running.stdout:
            said.append(line)
            if line.strip() == "here":
                break
        else:
            raise AssertionError("".join(said))
        yield running


def test_the_second_deployer_is_told_who_is_at_work(v1):
    with in_the_switch(v1, *alone("v2", "--apply")) as running:
        second = v1.run(*alone("v3"), "--apply")
        (v1.folder / "go").touch()

    assert (second.code, running.returncode) == (1, 0), second.out
    assert f"{v1.database} is being deployed by" in second.out
    assert f":{running.pid}, role depot" in second.out


@pytest.fixture(params=[signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "SIGHUP"])
def request_to_end(request):
    """A request that is heard: whoever runs the tests may have asked for it to be ignored."""
    was = signal.signal(request.param, signal.SIG_DFL)
    yield request.param
    signal.signal(request.param, was)


def test_asked_to_end_it_goes_back_and_does_not_stop_halfway(v1, request_to_end):
    before = comparable(rows(v1))
    with in_the_switch(v1, *alone("v2", "--apply")) as running:
        running.send_signal(request_to_end)
        said = ""
        for line in running.stdout:
            said += line
            if "GOING BACK" in line:
                running.send_signal(request_to_end)

    assert (running.returncode, current(v1), applied(v1)) == (1, "v1", False), said
    assert comparable(rows(v1)) == before


def test_when_nobody_reads_on_it_goes_back_all_the_same(v1):
    before = comparable(rows(v1))
    fails = ("--switch", f"echo v2 > current; echo here; {waits(v1.folder)}; exit 3")
    with v1.start(v1.command(*alone("v2", "--apply", *fails))) as running:
        assert any(line.strip() == "here" for line in running.stdout)
        running.stdout.close()
        (v1.folder / "go").touch()
        running.wait(timeout=300)

    assert (running.returncode, journal(v1)[-1]["event"]) == (1, "went back")
    assert (current(v1), applied(v1), comparable(rows(v1)) == before) == ("v1", False, True)


END_LOCK = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE '%deploys as%'"


def test_a_lock_that_is_lost_is_noticed_and_the_deployment_goes_back(v1):
    before = comparable(rows(v1))
    with in_the_switch(v1, *alone("v2", "--apply")) as running:
        assert v1.sql(END_LOCK) == "1"
        (v1.folder / "go").touch()
        said = running.stdout.read()

    assert (running.returncode, current(v1), applied(v1)) == (1, "v1", False), said
    assert "the lock of this deployment is gone" in said
    assert said.index(f"nobody else deploys {v1.database}") < said.index("GOING BACK to v1"), said
    assert comparable(rows(v1)) == before


def test_a_switch_that_fails_is_taken_back(v1):
    done = v1.run(*alone("v2", "--switch", "echo half > current; echo no such host; exit 3"), "--apply")

    assert (done.code, current(v1), applied(v1)) == (1, "v1", False), done.out
    assert "     no such host\n     the command ended with 3\n" in done.out


def test_a_way_back_that_is_closed_is_said_aloud_and_can_be_taken_later(v1):
    before = comparable(rows(v1))

    done = v1.run(*alone("v2", "--switch", "exit 3", "--switch-back", "echo I am stuck; exit 4"), "--apply")
    other = v1.run(*alone("v3"), "--apply")
    again = v1.run(*alone("v2"), "--apply")

    assert done.code == 1, done.out
    assert "IT COULD NOT GO BACK: the command ended with 4" in done.out
    assert "STATE: the new code may still be running; v1 has to be put back" in done.out
    assert "STATE: what was before is in " in done.out
    for refused in (other, again):
        assert (refused.code, "go back with roll_back_release" in refused.out) == (1, True), refused.out
    mended = v1.run("roll_back_release", "--into", "backups", *SWITCH[2:], "--apply")
    assert (mended.code, current(v1)) == (0, "v1"), mended.out
    assert comparable(rows(v1)) == before


def interrupted(shop):
    """Kill a deployment in the middle of its switch."""
    with in_the_switch(shop, *alone("v2", "--apply")) as running:
        running.kill()
        running.wait()
        (shop.folder / "go").touch()


def test_after_a_kill_the_same_command_finishes_and_another_release_is_refused(v1):
    interrupted(v1)

    other = v1.run(*alone("v3"), "--apply")
    again = v1.run(*alone("v2"), "--apply")

    assert (other.code, "a deployment was interrupted: v2" in other.out) == (1, True), other.out
    assert "or finish it: --release v2" in other.out
    assert (again.code, current(v1), applied(v1)) == (0, "v2", True), again.out
    assert "carries on the deployment that was interrupted" in again.out
    assert len(list((v1.folder / "backups").glob("*.dump"))) == 1


def test_after_a_kill_nobody_deploys_while_the_switch_still_runs(v1):
    with in_the_switch(v1, *alone("v2", "--apply")) as running:
        running.kill()
        running.wait()
        held = v1.run(*alone("v2"), "--apply")
        (v1.folder / "go").touch()
    let_go = v1.run(*alone("v2"), "--wait-lock", "120", "--apply")

    assert (held.code, f"{v1.database} is being deployed by" in held.out) == (1, True), held.out
    assert let_go.code == 0, let_go.out


def test_a_check_that_is_not_there_does_not_take_an_interrupted_deployment_back(v1):
    interrupted(v1)
    was = journal(v1)

    done = v1.run(*alone("v2"), "--skip", "file", "--wait-lock", "120", "--apply")

    assert (done.code, "invalid choice: 'file'" in done.err) == (2, True), done.out
    assert (journal(v1), applied(v1), current(v1)) == (was, True, "v2")


def test_flags_that_another_runbook_does_not_take_could_not_be_told(tmp_path, capsys):
    options = argparse.Namespace(project=str(tmp_path), python="python", database="default", json=False)

    with ExitStack() as stack, pytest.raises(CouldNotTell, match="validate_migrations does not take these flags"):
        code_of(Case("deploy.py", options, stack), "validate_migrations", "--skip", "file")

    assert "invalid choice: 'file'" in capsys.readouterr().err


def test_the_way_back_that_is_told_can_be_pasted(v1):
    before = comparable(rows(v1))
    call = [*alone(), "--into", "my backups", "--apply"]

    done = v1.run(*call)
    [told] = re.findall("undo: by itself on a failure; later: (.*)", done.out)
    with v1.start(["sh", "-c", told]) as pasted:
        said = pasted.stdout.read()

    assert (done.code, pasted.returncode, current(v1)) == (0, 0, "v1"), told + said
    assert comparable(rows(v1)) == before


def test_after_a_kill_it_can_go_back_instead(v1):
    before = comparable(rows(v1))
    interrupted(v1)

    done = v1.run("roll_back_release", "--into", "backups", *SWITCH[2:], "--apply")

    assert (done.code, current(v1)) == (0, "v1"), done.out
    assert comparable(rows(v1)) == before


def test_no_secret_is_said_or_written(v1):
    leak = "echo token $MY_TOKEN; env; echo v2 > current"
    done = v1.run(*alone("v2", "--switch", leak), "--apply", "--record", "records", MY_TOKEN="hidden-word")

    assert (done.code, "token ***" in done.out) == (0, True), done.out
    written = "".join(path.read_text(errors="replace") for path in v1.folder.rglob("*.json*"))
    assert "hidden-word" not in done.out + done.err + written
    assert "switched" in written


def test_a_secret_that_is_part_of_a_name_spoils_no_fact(v1):
    """What is not to be said may be a word of a folder or of an app; the way back acts upon those."""
    before = comparable(rows(v1))
    secrets = {"MY_TOKEN": "backups", "API_TOKEN": "stock.0001"}

    done = v1.run(*alone(), "--apply", **secrets)
    back = v1.run("roll_back_release", "--into", "backups", *SWITCH[2:], "--before", "v2", "--apply", **secrets)

    assert (done.code, "***" in done.out) == (0, True), done.out
    facts = [each for each in journal(v1) if each["event"] in {"began", "backed up"}]
    assert "stock.0001_initial" in facts[0]["before"]
    assert Path(facts[1]["backup"]).exists()
    assert (back.code, applied(v1), comparable(rows(v1)) == before) == (0, False, True), back.out


def test_why_it_went_back_is_written_without_a_secret(tmp_path):
    releases = releases_of(str(tmp_path), "shop", "1", lambda text: text.replace("hidden-word", "***"))

    releases.note("began", release="v2", before=["hidden-word.0001"])
    releases.note("goes back", why="FATAL: hidden-word")

    [found] = releases.read()
    assert (found.fact("why"), found.fact("before")) == ("FATAL: ***", ["hidden-word.0001"])
    assert releases.path.stat().st_mode & 0o777 == 0o600


def test_deployments_on_two_servers_that_share_a_folder_are_told_apart(tmp_path):
    """Production must not go back to what was before on a test server."""
    one, other = (releases_of(str(tmp_path), "shop", number, str) for number in ("1", "2"))
    line = {"event": "began", "at": "2025-01-01T00:00:00+00:00", "release": "v1"}  # of a time without servers in it
    one.path.write_text(json.dumps(line) + "\n" + json.dumps({**line, "event": "deployed"}) + "\n")
    one.note("began", release="v2")
    other.note("began", release="v3")
    one.note("deployed")
    other.note("goes back", undoes=[2])

    assert [(each.release, each.stage) for each in one.read()] == [("v1", "deployed"), ("v2", "deployed")]
    assert [(each.release, each.stage) for each in other.read()] == [("v1", "deployed"), ("v3", "goes back")]


def test_nobody_sees_the_password_while_it_deploys_fails_and_restores(guarded):  # noqa: F811
    """The shop is watched: arguments of all programs, what is said, what is written."""
    with guarded() as shop:
        (shop.folder / "current").write_text("v1\n")
        add_migration(shop, f"migrations.RunSQL({FILL!r}, '')")

        done = shop.run(*alone("v2", "--switch", "env; exit 3"), "--record", "records", "--apply")

        assert (done.code, current(shop), "the backup was restored" in done.out) == (1, "v1", True), done.out


def test_what_could_not_be_checked_is_not_deployed(shop, website):
    website.pages["/health/"] = (200, "application/json", '{"status": "ok"}')

    done = shop.run(*call(website), "--apply")

    assert (done.code, current(shop), applied(shop)) == (1, "v1", False), done.out
    assert "whether it works could not be checked" in done.out


@pytest.mark.lesson("ask-the-database-you-deploy-to")
def test_migrations_that_do_not_hold_are_not_deployed(v1):
    add_migration(v1, "", name="0002_other", parent="0001_initial")

    done = v1.refuses(*alone())

    assert "MIG102" in done.out


def test_an_environment_that_cannot_be_checked_is_not_deployed_to(v1):
    done = v1.run(*alone(), "--environment", "prod")

    assert (done.code, "validate_environment could not check" in done.out) == (2, True), done.out


@pytest.mark.parametrize("flags", [["--switch", "true"], ["--switch-back", "true"]])
def test_a_switch_without_a_way_back_is_refused(shop, flags):
    done = shop.run("deploy", "--release", "v2", "--into", "backups", *flags, "--apply")

    assert (done.code, "belong together" in done.out) == (2, True), done.out


@pytest.mark.lesson("deploy-a-commit")
def test_a_release_is_named_by_its_commit(v1):
    plain = v1.run("deploy", "--into", "backups")
    for words in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "one"]):
        with v1.start(["git", *words]) as running:
            pass
        assert running.returncode == 0
    named = v1.run("deploy", "--into", "backups")

    assert (plain.code, "name the release: --release NAME" in plain.out) == (2, True), plain.out
    assert (named.code, "release " in named.out) == (1, True), named.out
