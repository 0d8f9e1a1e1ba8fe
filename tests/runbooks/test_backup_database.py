import json
from pathlib import Path

import pytest

CALL = ("backup_database", "--project", "..", "--into", "backups")  # the project is asked in one test only


def dumps(shop):
    return sorted((shop.folder / "backups").glob("*.dump"))


def test_a_backup_is_written_read_back_and_described(shop):
    plan = shop.plans(*CALL)
    done = shop.applies(*CALL)

    assert f"write {shop.database}_<time>.dump and its manifest into backups" in plan.out
    assert "read back in full" in done.out
    [dump] = dumps(shop)
    manifest = json.loads(Path(f"{dump}.json").read_text())
    assert manifest["tables"]["public.stock_item"][0] == 50
    assert "stock.0002_weight" in manifest["migrations"]["public.django_migrations"]
    assert {oct(path.stat().st_mode)[-3:] for path in dump.parent.iterdir()} == {"600"}


def test_a_change_asks_for_another_backup(shop):
    shop.run(*CALL, "--apply")
    shop.sql("UPDATE stock_item SET name = 'other' WHERE id = 1")

    assert shop.run(*CALL).code == 1


def stand_in(shop, program, text):
    """Put a program of ours before PostgreSQL's."""
    folder = shop.folder.parent / "stand_in"
    folder.mkdir(exist_ok=True)
    (folder / program).write_text(f"#!/bin/sh\n{text}\n")
    (folder / program).chmod(0o755)
    shop.environment["PATH"] = f"{folder}:{shop.environment['PATH']}"


def test_a_client_older_than_the_server_is_refused(shop):
    stand_in(shop, "pg_dump", "echo 'pg_dump (PostgreSQL) 16.14'")

    assert "pg_dump 16 is older than the server, 18" in shop.refuses(*CALL).out


@pytest.mark.parametrize(
    "text",
    [
        'case "$*" in *version*) echo "pg_dump (PostgreSQL) 18.4";; *) echo half | tee {file}; exit 1;; esac',
        'case "$*" in *version*) echo "pg_dump (PostgreSQL) 18.4";; *) echo "not a dump" | tee {file};; esac',
        'case "$*" in *version*) echo "pg_dump (PostgreSQL) 18.4";; *) {real} "$@"; truncate -s 4000 {file};; esac',
    ],
    ids=["fails", "wrong", "cut"],
)
def test_a_dump_that_is_not_whole_is_not_kept(shop, text):
    text = text.replace("{real}", str(shop.server.tools / "pg_dump"))
    stand_in(shop, "pg_dump", text.replace("{file}", "backups/*.partial"))

    done = shop.run(*CALL, "--apply")

    assert (done.code, "failed" in done.out) == (1, True), done.out
    assert list((shop.folder / "backups").iterdir()) == []


def test_the_file_is_for_its_owner_only_from_its_first_byte(shop):
    real, seen = shop.server.tools / "pg_dump", shop.folder.parent / "seen"
    look = f"stat -c '%a %s' backups/*.partial >> {seen}"
    dump = f'{look}; umask 000; {real} "$@"; status=$?; {look}; exit $status'
    stand_in(shop, "pg_dump", f'case "$*" in *version*) {real} --version;; *) {dump};; esac')

    done = shop.run(*CALL, "--apply")

    assert done.code == 0, done.out
    [made, written] = [line.split() for line in seen.read_text().splitlines()]
    assert made == ["600", "0"]
    assert (written[0], int(written[1]) > 0) == ("600", True)


def test_the_file_is_what_pg_dump_writes_where_it_can_seek(shop):
    other = shop.folder.parent / "other.dump"

    assert shop.run(*CALL, "--apply").code == 0

    place = ["-h", str(shop.server.folder), "-U", "depot", "-f", str(other)]
    shop.server.run("pg_dump", "-Fc", *place, shop.database)
    [dump] = dumps(shop)
    assert dump.stat().st_size == other.stat().st_size


def test_a_full_disk_is_seen_before_anything_is_written(shop):
    shop.environment["PYTHONPATH"] = str(shop.folder.parent)
    (shop.folder.parent / "sitecustomize.py").write_text(
        "import shutil\nshutil.disk_usage = lambda path: type('', (), {'free': 1 << 20})\n"
    )

    assert "has 1.0 MiB free, the database has" in shop.refuses(*CALL).out


def test_two_at_once_are_refused(shop):
    with shop.connect() as connection:
        connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 7201))", [f"backup of {shop.database}"])

        assert "another run is at work" in shop.refuses(*CALL).out


@pytest.mark.parametrize("seconds", [0.25, 0.4, 0.5])
def test_killed_at_any_moment_it_leaves_no_half_backup_for_good(shop, seconds):
    shop.killed(seconds, *CALL, "--apply")
    assert all(Path(f"{dump}.json").exists() for dump in dumps(shop))
    shop.sql("UPDATE stock_item SET name = 'other' WHERE id = 1")

    assert shop.run(*CALL, "--apply").code == 0

    assert list((shop.folder / "backups").glob("*.partial")) == []


def test_no_secret_is_in_an_argument_or_said(shop):
    shop.server.sql("CREATE ROLE locked LOGIN SUPERUSER PASSWORD 'very:secret@word'")
    stand_in(shop, "pg_restore", f'sleep 0.5; exec {shop.server.tools}/pg_restore "$@"')
    url = f"postgresql://locked:very:secret@word@/{shop.database}?host={shop.server.folder}"
    try:
        with shop.start(
            shop.command(*CALL, "--apply"), DATABASE_URL=url, SHOP_USER="locked", SHOP_PASSWORD=""
        ) as running:
            seen = arguments(running)
            said = running.stdout.read()
    finally:
        shop.server.sql("REASSIGN OWNED BY locked TO depot; DROP ROLE locked")

    assert running.returncode == 0, said
    assert any("pg_dump" in each for each in seen), seen
    assert not any("secret" in each for each in [*seen, said])
    assert not list(shop.folder.parent.glob("proofbook-secret-*"))


def arguments(running):
    """Sample what everybody on this machine can see of the processes, until the run ends."""
    seen = set()
    while running.poll() is None:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if b"proofbook" in path.with_name("environ").read_bytes() or str(running.pid) in path.parts[2]:
                    seen.add(path.read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
    return seen
