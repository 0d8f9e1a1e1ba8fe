"""The lab is prepared once and kept, until something it is made of changes."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from tests.repository import Repository

pytestmark = pytest.mark.slow


def kept(repository: Repository) -> list[Path]:
    return sorted((repository.root / ".proofbook/cache").iterdir())


def test_a_prepared_server_is_kept_until_the_lab_changes(embedded: Repository) -> None:
    first = embedded.run("lab", "psql -Atc 'select count(*) from item'")
    before = kept(embedded)
    second = embedded.run("lab", "psql -Atc 'select count(*) from item'")
    unchanged = kept(embedded)
    embedded.edit("lab/schema.sql", "generate_series(1, 40)", "generate_series(1, 41)")
    third = embedded.run("lab", "psql -Atc 'select count(*) from item'")

    assert [done.stdout.splitlines()[-1] for done in (first, second, third)] == ["40", "40", "41"]
    assert "preparing the lab" in first.stdout
    assert "preparing the lab" not in second.stdout
    assert before == unchanged != kept(embedded)
    assert len(kept(embedded)) == 1
    assert embedded.leftovers() == []


def test_what_a_killed_preparation_left_is_replaced(embedded: Repository) -> None:
    partial = embedded.root / ".proofbook/cache/.18-0123456789abcdef.partial"
    partial.mkdir(parents=True)

    assert embedded.run("lab", "true").returncode == 0

    assert [path.name[:3] for path in kept(embedded)] == ["18-"]


def test_the_role_of_sandboxes_is_no_superuser(embedded: Repository) -> None:
    done = embedded.run("lab", "psql -Atc 'select rolname, rolsuper, rolcreatedb from pg_roles where rolname = user'")

    assert done.stdout.splitlines()[-1] == "keeper|f|t"


def test_the_server_listens_on_no_port(embedded: Repository) -> None:
    done = embedded.run("lab", "psql -Atc 'show listen_addresses'")

    assert done.stdout.splitlines()[-1] == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has somebody else to run sandboxes as")
def test_a_private_umask_of_the_caller_hinders_nobody(embedded: Repository) -> None:
    before = os.umask(0o077)
    try:
        outcome = embedded.prove()
    finally:
        os.umask(before)

    assert outcome.found() == {}
    assert (outcome.status, outcome.told["passed"]) == (0, 15)


def test_a_folder_with_a_space_is_no_hindrance(embedded: Repository) -> None:
    with tempfile.TemporaryDirectory(prefix="pb odd ") as odd:
        Path(odd).chmod(0o711)

        done = embedded.run("lab", "echo ready", TMPDIR=odd)

    assert done.stdout.splitlines()[-1] == "ready", done.stdout


def test_a_folder_too_long_for_a_socket_is_told(embedded: Repository) -> None:
    with tempfile.TemporaryDirectory(prefix=f"pb-{'x' * 90}") as long:
        Path(long).chmod(0o711)

        done = embedded.run("lab", "echo ready", TMPDIR=long)

        assert list(Path(long).iterdir()) == []
    assert done.returncode == 2
    assert "is too long (maximum" in done.stdout
    assert "set TMPDIR to a shorter folder" in done.stdout
