"""What else may go wrong while a backup is made, verified and restored: nothing is lost in any of it."""

import json
import os
import random
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.runbooks.conftest import clone
from tests.runbooks.guarded import HOST, PASSWORD, address, full, guarded, own, restart, set_password  # noqa: F401  # fixtures
from tests.runbooks.killing import SEED
from tests.runbooks.trials import tried
from tests.runbooks.watching import Watch

pytestmark = pytest.mark.slow
BACKUP = ("backup_database", "--project", "..", "--into", "backups", "--record", "records", "--apply")
VERIFY = ("verify_backup", "--project", "..", "--record", "records", "--from")
RESTORE = ("restore_database", "--project", "..", "--record", "records", "--switch", "--apply", "--from")
PASSWORDS = [f"one{character}two" for character in "@:/%# '\"$)"]


@pytest.fixture
def shop(guarded):  # noqa: F811
    with guarded() as shop:
        yield shop


def files(shop):
    return sorted(path.name for path in (shop.folder / "backups").glob("[!.]*"))


def backed_up(shop):
    done = shop.run(*BACKUP)
    assert done.code == 0, done.out + done.err
    return next((shop.folder / "backups").glob("*.dump"))


def ends(shop, call, code, says):
    done = shop.run(*call)
    assert (done.code, says in done.out) == (code, True), done.out + done.err
    return done


def nothing_left(shop):
    assert not list(shop.folder.parent.glob("proofbook-secret-*"))
    assert not [path for path in files(shop) if "partial" in path]
    assert not [each for each in shop.server.databases() if "proofbook" in each or each.endswith("_restoring")]


def stand_in(shop, program, text):
    """Put a program of ours before PostgreSQL's; {real} is the real one."""
    folder = shop.folder.parent / "stand_in"
    folder.mkdir(exist_ok=True)
    real = shop.server.tools / program
    text = text.replace("{real}", str(real))
    (folder / program).write_text(f'#!/bin/sh\ncase "$*" in *version*) exec {real} "$@";; esac\n{text}\n')
    (folder / program).chmod(0o755)
    if str(folder) not in shop.environment["PATH"]:
        shop.environment["PATH"] = f"{folder}:{shop.environment['PATH']}"


def without_stand_ins(shop):
    shutil.rmtree(shop.folder.parent / "stand_in")


# -- full disks


@contextmanager
def small_disk(place, megabytes):
    """Give a folder that holds no more than so much."""
    place.mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", place], capture_output=True, check=False
        ).returncode
    )
    if not mounted:
        pytest.skip("a small tmpfs needs root")
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


def test_a_disk_that_fills_up_while_the_dump_is_written_leaves_nothing(shop):
    with small_disk(shop.folder / "backups", 64) as disk:
        stand_in(shop, "pg_dump", f'head -c 65500k /dev/zero > {disk}/filler; exec {{real}} "$@"')
        ends(shop, BACKUP, 1, "No space left on device")
        assert files(shop) == ["filler"]
        (disk / "filler").unlink()
        without_stand_ins(shop)
        ends(shop, (*VERIFY, str(backed_up(shop))), 0, "All checks hold")
    tried(
        "the disk is full while the dump is written",
        "backup_database",
        "failed, left no file; with room again it wrote a whole one",
    )


def test_a_disk_that_fills_up_when_the_manifest_is_written_leaves_nothing(shop):
    with small_disk(shop.folder / "backups", 64) as disk:
        fill = f'[ "$1" = -f ] && head -c 64m /dev/zero > {disk}/filler; exec {{real}} "$@"'
        stand_in(shop, "pg_restore", fill)
        ends(shop, BACKUP, 1, "No space left on device")
        assert files(shop) == ["filler"]
    tried("the disk is full when the manifest is written", "backup_database", "failed, left no file")


def test_a_disk_that_is_too_small_is_refused_before_anything_is_written(shop):
    with small_disk(shop.folder / "backups", 2):
        ends(shop, BACKUP, 1, "make room first")
        assert files(shop) == []
    tried("the disk has less room than the database takes", "backup_database", "refused before it wrote anything")


def test_a_limit_of_file_size_leaves_nothing(shop):
    command = f"ulimit -f 64; exec {subprocess.list2cmdline(shop.command(*BACKUP))}"
    with shop.start(["bash", "-c", command]) as running:
        said = running.stdout.read()

    assert (running.returncode, "failed" in said) == (1, True), said
    assert files(shop) == []
    ends(shop, (*VERIFY, str(backed_up(shop))), 0, "All checks hold")
    tried(
        "a file may not grow any more (`ulimit -f`)",
        "backup_database",
        "failed, left no file; without the limit it wrote a whole one",
    )


# -- files that are not what was written


def flipped(whole, place):
    return whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]


OTHER = "of another checksum"
HARMS = {
    "cut": lambda whole, place: whole[:place],
    "a bit flipped in": flipped,
    "a block of zeros in": lambda whole, place: whole[:place] + bytes(512) + whole[place + 512 :],
    "grown": lambda whole, place: whole + whole[:place],
    OTHER: lambda whole, place: whole.replace(b'"sha256": "', b'"sha256": "0', 1),
}


HARMED = [
    *(("dump", harm) for harm in HARMS if harm != OTHER),
    *(("manifest", harm) for harm in HARMS),
]


@pytest.mark.parametrize(("what", "harm"), HARMED)
def test_a_file_that_is_not_what_was_written_is_found_and_never_restored(shop, harm, what):
    dump = backed_up(shop)
    path = dump if what == "dump" else Path(f"{dump}.json")
    whole, databases, before = path.read_bytes(), shop.server.databases(), shop.server.dump(shop.database)
    shop.sql("UPDATE stock_item SET name = 'wrong' WHERE id = 1")
    before = shop.server.dump(shop.database)
    draw = random.Random(f"{SEED} {harm} {what}")
    for place in (draw.randrange(1, len(whole) // 10), draw.randrange(len(whole) // 2, len(whole) - 600)):
        path.write_bytes(HARMS[harm](whole, place))
        told = f"{harm} at {place}, PROOFBOOK_TEST_SEED={SEED}"
        assert shop.run(*VERIFY, str(dump)).code == 1, told
        assert shop.run(*RESTORE, str(dump)).code == 1, told
        assert (shop.server.databases(), shop.server.dump(shop.database)) == (databases, before), told
        tried(
            f"the {what} is {harm.removesuffix(' in')}",
            "verify_backup, restore_database",
            "found; not restored, the database in use as before",
        )


# -- addresses


@pytest.mark.parametrize("password", [*PASSWORDS, PASSWORD])
def test_any_password_works_and_is_never_seen(own, shop, password):  # noqa: F811
    set_password(own, password)
    shop.environment["DATABASE_URL"] = address(password, shop.database, "", f"?host={own.folder}")
    try:
        with Watch(password, PASSWORD) as watch:
            for call, program in ((BACKUP, "pg_dump"), ((*VERIFY, "backups"), "pg_restore")):
                stand_in(shop, program, 'sleep 0.3; exec {real} "$@"')
                done = shop.run(*call)
                assert done.code == 0, done.out + done.err
            watch.reads(*shop.heard)
            watch.reads_folder(shop.folder.parent)
        watch.saw("pg_dump", "pg_restore", "psql")
    finally:
        set_password(own, PASSWORD)
    tried(
        f"a password with `{password if password != PASSWORD else 'all of them'}`".replace("|", "\\|"),
        "backup_database, verify_backup",
        "worked; seen in no argument, output, record or file",
    )


SPELLINGS = {
    "no port, over TCP": ("{host}", ""),
    "no port, by a socket in the query": ("", "?host={folder}"),
    "a socket as the host, percent-encoded": ("{encoded}", ""),
    "`sslmode=prefer`": ("{host}", "?sslmode=prefer"),
    "`sslmode=disable`": ("{host}:5432", "?sslmode=disable"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_address_in_any_spelling_works(own, shop, spelling):  # noqa: F811
    words = {"host": HOST, "folder": own.folder, "encoded": str(own.folder).replace("/", "%2F")}
    host, query = (part.format(**words) for part in SPELLINGS[spelling])
    shop.environment["DATABASE_URL"] = address(PASSWORD, shop.database, host, query)

    ends(shop, (*VERIFY, str(backed_up(shop))), 0, "All checks hold")
    tried(f"an address with {spelling}", "backup_database, verify_backup", "worked")


UNREACHABLE = {
    "an unknown host": ("no-such-host.invalid", "", "could not translate host name"),
    "a host where nothing listens": ("127.0.0.1:1", "", "Connection refused"),
    "`sslmode=require`, which the server cannot": (HOST, "?sslmode=require", "SSL"),
    "an unknown database": (HOST, "", "does not exist"),
}


@pytest.mark.parametrize("case", UNREACHABLE)
def test_what_cannot_be_reached_is_told_without_the_password(shop, case):
    host, query, says = UNREACHABLE[case]
    dump = backed_up(shop)
    known = files(shop)
    database = "nowhere" if case == "an unknown database" else shop.database
    shop.environment["DATABASE_URL"] = address(PASSWORD, database, host, query)

    ends(shop, BACKUP, 2, says)
    ends(shop, (*VERIFY, str(dump)), 2, says)
    if database == shop.database:
        ends(shop, (*RESTORE, str(dump)), 2, says)
    assert files(shop) == known
    tried(f"an address with {case}", "all three", "could not tell, and said why; the backup as before")


def test_a_wrong_password_is_told_and_not_shown(own, shop):  # noqa: F811
    shop.environment["DATABASE_URL"] = address("wrong-one", shop.database, "", f"?host={own.folder}")

    with Watch("wrong-one") as watch:
        done = ends(shop, BACKUP, 2, "password authentication failed")
        watch.reads(done.out, done.err)
    tried("a wrong password", "backup_database", "could not tell, and said why, without the password")


# -- rights


@pytest.fixture
def stranger(own, shop):  # noqa: F811
    """A role that may connect and nothing else."""
    dump = backed_up(shop)
    shop.sql("UPDATE stock_item SET name = 'wrong' WHERE id = 1")
    own.sql("CREATE ROLE stranger LOGIN")
    shop.environment["DATABASE_URL"] = f"postgresql://stranger@/{shop.database}?host={own.folder}"
    yield dump
    own.sql("DROP ROLE stranger")


def test_a_role_without_rights_is_told_so_and_changes_nothing(shop, stranger):
    before, databases, known = shop.server.dump(shop.database), shop.server.databases(), files(shop)

    ends(shop, BACKUP, 2, "permission denied for table")
    ends(shop, (*VERIFY, str(stranger)), 2, "may not create databases")
    ends(shop, (*RESTORE, str(stranger)), 2, "permission denied")
    assert (shop.server.dump(shop.database), shop.server.databases(), files(shop)) == (before, databases, known)
    tried("a role without rights", "all three", "failed or could not tell, and said why; nothing changed")


def test_forced_row_level_security_never_makes_a_backup_with_fewer_rows(own, shop):  # noqa: F811
    shop.sql(
        "ALTER TABLE sales_sale ENABLE ROW LEVEL SECURITY; ALTER TABLE sales_sale FORCE ROW LEVEL SECURITY;"
        "CREATE POLICY low ON sales_sale USING (id < 10)"
    )
    ends(shop, BACKUP, 1, "row-level security policy")
    assert files(shop) == []

    own.sql("ALTER ROLE locked BYPASSRLS")
    try:
        dump = backed_up(shop)
        ends(shop, (*VERIFY, str(dump)), 0, "All checks hold")
        shop.server.sql("DELETE FROM sales_sale", shop.database)
        ends(shop, (*RESTORE, str(dump)), 0, "Done.")
    finally:
        own.sql("ALTER ROLE locked NOBYPASSRLS")
    assert shop.server.sql("SELECT count(*) FROM sales_sale", shop.database) == "50"
    assert shop.sql("SELECT count(*) FROM sales_sale") == "9"
    tried(
        "forced row level security",
        "backup_database",
        "failed, left no file; as a role that bypasses it, all rows and the policy came back",
    )


def test_under_forced_row_level_security_a_role_that_is_kept_from_rows_cannot_verify_and_says_so(own, shop):  # noqa: F811
    """That rows are hidden from a role says nothing about the backup: no finding, no note, nothing restored."""
    shop.sql(
        "ALTER TABLE sales_sale ENABLE ROW LEVEL SECURITY; ALTER TABLE sales_sale FORCE ROW LEVEL SECURITY;"
        "CREATE POLICY low ON sales_sale USING (id < 10)"
    )
    own.sql("ALTER ROLE locked BYPASSRLS")
    try:
        dump = backed_up(shop)
    finally:
        own.sql("ALTER ROLE locked NOBYPASSRLS")
    before, databases = shop.server.dump(shop.database), shop.server.databases()

    said = ends(shop, (*VERIFY, str(dump)), 2, "row-level security").out
    assert "BYPASSRLS" in said
    assert not json.loads(Path(f"{dump}.json").read_text()).get("verified")
    ends(shop, (*RESTORE, str(dump)), 2, "hint: BAK104: ")
    assert (shop.server.dump(shop.database), shop.server.databases()) == (before, databases)
    tried(
        "forced row level security",
        "verify_backup, restore_database",
        "as a role that it keeps from rows: could not check, nothing restored, and said which role may",
    )


# -- two runs, and a server that goes away


def test_of_two_backups_at_once_one_is_refused_and_one_is_whole(shop):
    go = shop.folder / "go"
    stand_in(shop, "pg_dump", f'while [ ! -e {go} ]; do sleep 0.05; done; exec {{real}} "$@"')
    with shop.start(shop.command(*BACKUP)) as first:
        wait_until(lambda: [name for name in files(shop) if name.endswith(".partial")])
        ends(shop, BACKUP, 1, "another run is at work")
        go.touch()
        said = first.stdout.read()

    assert (first.returncode, len(files(shop))) == (0, 2), said
    tried("two at once", "backup_database", "the second refused, the first wrote a whole one")


def test_two_servers_that_share_a_folder_leave_each_others_files_alone(own, server, shop):  # noqa: F811
    """Databases of one name on two servers, as of two environments: the sweep of one must not take the other's dump."""
    go, began = shop.folder / "go", shop.folder / "began"
    elsewhere = f"postgresql://depot@/{shop.database}?host={server.folder}"
    clone(server, shop.database, "filled")
    stand_in(shop, "pg_restore", f'touch {began}; while [ ! -e {go} ]; do sleep 0.05; done; exec {{real}} "$@"')
    try:
        with shop.start(shop.command(*BACKUP)) as first:
            wait_until(began.exists)
            assert [name for name in files(shop) if name.endswith(".partial")]
            shutil.rmtree(shop.folder.parent / "stand_in")
            second = shop.run(*BACKUP, DATABASE_URL=elsewhere)
            go.touch()
            said = first.stdout.read()
        assert (first.returncode, second.code) == (0, 0), said + second.out
        assert len(files(shop)) == 4, files(shop)
        for url in (shop.environment["DATABASE_URL"], elsewhere):
            assert shop.run(*VERIFY, "backups", DATABASE_URL=url).code == 0
    finally:
        server.sql(f"DROP DATABASE {shop.database} WITH (FORCE)")
    tried("two servers that share a folder", "backup_database", "both wrote a whole one")


def test_of_two_restores_at_once_one_is_refused_and_one_restores(shop):
    dump, before = backed_up(shop), shop.server.dump(shop.database)
    shop.sql("UPDATE stock_item SET name = 'wrong' WHERE id = 1")
    go, began = shop.folder / "go", shop.folder / "began"
    stand_in(shop, "pg_restore", f'touch {began}; while [ ! -e {go} ]; do sleep 0.05; done; exec {{real}} "$@"')
    with shop.start(shop.command(*RESTORE, str(dump))) as first:
        wait_until(began.exists)
        ends(shop, (*RESTORE, str(dump)), 1, "another run is at work")
        go.touch()
        said = first.stdout.read()

    assert (first.returncode, shop.server.dump(shop.database) == before) == (0, True), said
    tried("two at once", "restore_database", "the second refused, the first restored")


def wait_until(holds):
    end = time.monotonic() + 300
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_server_that_stops_during_the_dump_leaves_no_file_and_no_harm(own, shop):  # noqa: F811
    before, backups = shop.server.dump(shop.database), shop.folder / "backups"
    stop = f"kill -QUIT $(head -n 1 {own.folder}/pg/postmaster.pid)"
    stand_in(shop, "pg_dump", f'{{real}} "$@" & until [ -s {backups}/*.partial ]; do sleep 0.01; done; {stop}; wait $!')
    try:
        done = shop.run(*BACKUP)
    finally:
        restart(own)
    assert (done.code, files(shop)) == (1, []), done.out + done.err
    assert shop.server.dump(shop.database) == before
    without_stand_ins(shop)
    ends(shop, (*VERIFY, str(backed_up(shop))), 0, "All checks hold")
    tried(
        "the server stops in the middle (`immediate`)",
        "backup_database",
        "failed, left no file; started again, it wrote a whole one",
    )


def test_a_server_that_stops_during_a_restore_takes_nothing_with_it(own, shop):  # noqa: F811
    dump, before = backed_up(shop), shop.server.dump(shop.database)
    shop.sql("UPDATE stock_item SET name = 'wrong' WHERE id = 1")
    wrong = shop.server.dump(shop.database)
    stop = f"kill -QUIT $(head -n 1 {own.folder}/pg/postmaster.pid)"
    stand_in(shop, "pg_restore", f'case "$*" in *exit*) {{real}} "$@" & {stop}; wait $!;; *) exec {{real}} "$@";; esac')
    try:
        done = shop.run(*RESTORE, str(dump))
        checked = shop.run(*VERIFY, str(dump))
    finally:
        restart(own)
    assert (done.code, checked.code) == (1, 2), done.out + checked.out
    assert shop.server.dump(shop.database) == wrong
    without_stand_ins(shop)
    ends(shop, (*RESTORE, str(dump)), 0, "Done.")
    assert shop.server.dump(shop.database) == before
    nothing_left(shop)
    tried(
        "the server stops in the middle (`immediate`)",
        "restore_database",
        "failed, the database in use as before; started again, it restored",
    )


def test_every_trial_has_a_row_of_its_own():
    """A trial that nobody tells would be missing on the page without a word."""
    text = Path(__file__).read_text()

    names = [part.split("(")[0] for part in text.split("\ndef test_")[1:]]
    silent = [name for name, body in zip(names, text.split("\ndef test_")[1:], strict=True) if "tried(" not in body]
    assert silent == []
