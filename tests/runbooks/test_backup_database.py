import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest
from tests.runbooks.watching import spellings

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

    said = shop.refuses(*CALL).out

    assert "pg_dump 16 is older than the server, 18" in said
    assert "hint: BAK103: put the programs of PostgreSQL 18 first on PATH" in said


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
    assert list((shop.folder / "backups").glob("[!.]*")) == []


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
    for program in ("pg_dump", "pg_restore"):  # long enough to be seen
        stand_in(shop, program, f'sleep 0.5; exec {shop.server.tools}/{program} "$@"')
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
    assert not [each for each in [*seen, said] if any(form in each for form in spellings("very:secret@word"))]
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


def test_progress_is_told_in_lines_where_nobody_watches(shop):
    real = shop.server.tools / "pg_dump"
    stand_in(shop, "pg_dump", f'case "$*" in *version*) ;; *) sleep 1;; esac; exec {real} "$@"')

    done = shop.run(*CALL, "--progress", "0.1", "--apply")

    lines = [line for line in done.err.splitlines() if "written so far, of a database of" in line]
    assert (done.code, len(lines) > 1) == (0, True), done.err
    assert "written so far" not in done.out


def test_progress_is_one_line_on_a_terminal(shop):
    real = shop.server.tools / "pg_dump"
    stand_in(shop, "pg_dump", f'case "$*" in *version*) ;; *) sleep 1;; esac; exec {real} "$@"')
    ours, theirs = pty.openpty()
    call = [*shop.command(*CALL), "--progress", "0.1", "--apply"]
    with subprocess.Popen(call, cwd=shop.folder, env=shop.environment, stdout=subprocess.DEVNULL, stderr=theirs) as run:
        assert run.wait(timeout=300) == 0
    os.close(theirs)
    seen = os.read(ours, 10000).decode()
    os.close(ours)

    assert seen.count("written so far") > 1
    assert "\n" not in seen
    assert seen.endswith("\r\x1b[K")


def test_a_short_dump_tells_no_progress(shop):
    assert shop.run(*CALL, "--apply").err == ""


def test_sequences_may_move_while_the_dump_is_written(shop):
    real, place = shop.server.tools / "pg_dump", f"-h {shop.server.folder} -U depot -d {shop.database}"
    move = f"{shop.server.tools}/psql {place} -qc \"INSERT INTO stock_item (name) VALUES ('new')\""
    stand_in(shop, "pg_dump", f'case "$*" in *version*) ;; *) {move};; esac; exec {real} "$@"')

    done = shop.run(*CALL, "--apply")
    verified = shop.run("verify_backup", "--project", "..", "--from", "backups")

    assert (done.code, verified.code) == (0, 0), done.out + verified.out
    [dump] = dumps(shop)
    manifest = json.loads(Path(f"{dump}.json").read_text())
    assert manifest["sequences"]["public.stock_item_id_seq"] == [[50, 1], [51, 1]]
    assert manifest["tables"]["public.stock_item"][0] == 50


def test_no_table_is_emptied_between_the_dump_and_its_description(shop):
    real, place = shop.server.tools / "pg_dump", f"-h {shop.server.folder} -U depot -d {shop.database}"
    empty = f"{shop.server.tools}/psql {place} -qc \"SET lock_timeout = '200ms'; TRUNCATE sales_sale\" 2>> refused"
    stand_in(shop, "pg_dump", f'case "$*" in *version*) exec {real} "$@";; *) {real} "$@"; {empty}; exit 0;; esac')

    done = shop.run(*CALL, "--apply")

    assert (done.code, "lock timeout" in (shop.folder / "refused").read_text()) == (0, True), done.out
    assert shop.run("verify_backup", "--project", "..", "--from", "backups").code == 0
    shop.sql("TRUNCATE sales_sale")


def test_old_ones_are_removed_once_enough_are_verified(shop):
    for number in range(3):
        shop.sql(f"UPDATE stock_item SET name = 'change {number}' WHERE id = 1")
        assert shop.run(*CALL, "--keep", "2", "--apply").code == 0
        assert shop.run("verify_backup", "--project", "..", "--from", "backups").code == 0
    oldest, *kept = dumps(shop)

    plan = shop.plans(*CALL, "--keep", "2")
    assert f"remove backups/{oldest.name} and its manifest" in plan.out
    shop.applies(*CALL, "--keep", "2")

    assert dumps(shop) == kept
    assert len(list((shop.folder / "backups").glob("[!.]*"))) == 4


def test_the_last_verified_one_cannot_be_given_up(shop):
    done = shop.run(*CALL, "--keep", "0", "--apply")

    assert (done.code, "the last verified backup is never removed" in done.err) == (2, True)


def test_it_says_how_to_verify_and_how_to_restore_what_it_wrote(shop):
    done = shop.run(*CALL, "--apply")

    for word, call in re.findall(r"(verify|restore) it: (python .*)", done.out):
        again = shop.paste(call)
        assert again.code == 0, (word, again.out + again.err)
    assert done.out.count(" it: python ") == 2


def test_file_manifest_and_folder_are_on_disk_before_it_ends(shop):
    place, log = shop.folder.parent, shop.folder.parent / "flushed"
    (place / "sitecustomize.py").write_text(
        "import os\n"
        "def note(word, text):\n"
        f"    with open({str(log)!r}, 'a') as file: file.write(word + ' ' + os.path.basename(text) + '\\n')\n"
        "real, rename = os.fsync, os.rename\n"
        "os.fsync = lambda fd: (note('flush', os.readlink(f'/proc/self/fd/{fd}')), real(fd))[1]\n"
        "os.rename = lambda one, other, **more: (note('name', str(other)), rename(one, other, **more))[1]\n"
    )
    stand_in(shop, "pg_dump", f'echo "dump $*" >> {log}; exec {shop.server.tools}/pg_dump "$@"')

    done = shop.run(*CALL, "--apply", PYTHONPATH=str(place))

    [dump] = [path.name for path in dumps(shop)]
    lines = [line for line in log.read_text().splitlines() if "--version" not in line]
    assert (done.code, "--no-sync" in lines.pop(0)) == (0, False), done.out
    assert lines == [
        f"flush {dump}.json.partial",
        f"name {dump}.json",
        "flush backups",
        f"name {dump}",
        "flush backups",
    ]
