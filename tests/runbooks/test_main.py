import hashlib
import os
import random
import subprocess
import sys

import pytest
from tests.runbooks.conftest import ARCHIVE, ROOT

from proofbook.site.archive import pack, publish_archive

FILES = sorted((ROOT / "runbooks").glob("*.py"))
NAMES = [file.stem for file in FILES if not file.name.startswith("_")]
DRAWN = 12


@pytest.fixture
def archive(tmp_path):
    publish_archive(pack(FILES), tmp_path)
    return tmp_path / "runbooks.pyz"


def run(shop, *command):
    return subprocess.run(
        command, cwd=shop.folder, env=shop.environment, text=True, capture_output=True, check=False, timeout=60
    )


def test_all_runbooks_fit_into_one_file(shop, archive):
    done = run(shop, sys.executable, archive, "backup_database", "--into", "backups", "--record", "records")

    assert done.returncode == 1
    assert f"database {shop.database}" in done.stdout
    assert "backup_database: Back up a database" in done.stdout
    assert (shop.folder / "records/backup_database.jsonl").exists()


def test_an_undo_names_the_archive_it_came_from(shop, archive):
    flags = ["--table", "stock_item", "--column", "weight", "--value", "1"]

    done = run(shop, sys.executable, archive, "backfill_nulls", *flags)

    assert f"undo: python {archive} backfill_nulls --table stock_item" in done.stdout


@pytest.mark.parametrize("place", ["archive", "folder"])
@pytest.mark.parametrize(("words", "says"), [([], ""), (["no_such"], "no runbook no_such"), (["_step"], "no runbook")])
def test_a_name_that_is_none_lists_those_that_are_with_what_each_is_for(archive, place, words, says):
    command = [sys.executable, str(archive if place == "archive" else ROOT / "runbooks"), *words]

    done = subprocess.run(command, text=True, capture_output=True, check=False)

    assert done.returncode == 2
    assert says in done.stderr
    assert "  repair_history         Repair a history in which a migration is applied before" in done.stderr
    listed = [line.split()[0] for line in done.stderr.splitlines() if line.startswith("  ") and line[2] != " "]
    assert listed == NAMES


def test_help_is_no_mistake(archive):
    done = subprocess.run([sys.executable, str(archive), "--help"], text=True, capture_output=True, check=True)

    assert "RUNBOOK is one of:" in done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_every_runbook_starts_from_the_archive(archive, name):
    done = subprocess.run([sys.executable, str(archive), name, "--help"], text=True, capture_output=True, check=False)

    assert (done.returncode, "usage:" in done.stdout) == (0, True), done.stderr


def test_the_archive_is_the_same_bytes_whatever_the_files_look_like(tmp_path):
    copies = []
    for number, (mode, umask) in enumerate([(0o600, 0o077), (0o755, 0o000)]):
        folder = tmp_path / str(number)
        folder.mkdir()
        before = os.umask(umask)
        try:
            for file in reversed(FILES) if number else FILES:
                copy = folder / file.name
                copy.write_bytes(file.read_bytes())
                copy.chmod(mode)
                os.utime(copy, (number * 10**9, number * 10**9))
            publish_archive(pack(folder.glob("*.py")), folder)
        finally:
            os.umask(before)
        copies.append((folder / "runbooks.pyz").read_bytes())

    assert copies[0] == copies[1] == pack(FILES)


def test_another_text_is_another_archive(tmp_path):
    (tmp_path / "a.py").write_text("one")
    one = pack([tmp_path / "a.py"])
    (tmp_path / "a.py").write_text("two")

    assert pack([tmp_path / "a.py"]) != one


def test_the_checksum_beside_it_is_its_own(archive):
    told = archive.with_name("runbooks.pyz.sha256").read_text()

    assert told == f"{hashlib.sha256(archive.read_bytes()).hexdigest()}  runbooks.pyz\n"
    subprocess.run(["sha256sum", "--check", "--strict", archive.name + ".sha256"], cwd=archive.parent, check=True)


@pytest.mark.slow
@pytest.mark.skipif(bool(ARCHIVE), reason="this is the run through the archive")
def test_the_same_tests_hold_through_the_archive(archive):
    """A part of the runbooks' own tests, drawn by a seed; PROOFBOOK_TEST_ALL, or the seed all, takes every one."""
    seed = "all" if os.environ.get("PROOFBOOK_TEST_ALL") else os.environ.get("PROOFBOOK_TEST_SEED", "2026")
    base = [sys.executable, "-m", "pytest", "-q", "-m", "not slow", "--rootdir", str(ROOT)]
    environment = {**os.environ, "PROOFBOOK_RUNBOOKS_ARCHIVE": str(archive)}
    files = [str(path) for path in sorted((ROOT / "tests/runbooks").glob("test_*.py")) if path.stem[5:] in NAMES]
    listed = subprocess.run([*base, "--collect-only", *files], cwd=ROOT, text=True, capture_output=True, check=True)
    tests = [line for line in listed.stdout.splitlines() if "::" in line]
    assert len(tests) > DRAWN
    drawn = tests if seed == "all" else random.Random(seed).sample(tests, DRAWN)

    done = subprocess.run(
        [*base, "-p", "no:xdist", *drawn], cwd=ROOT, env=environment, text=True, capture_output=True, check=False
    )

    assert done.returncode == 0, f"PROOFBOOK_TEST_SEED={seed}\n{done.stdout}{done.stderr}"
