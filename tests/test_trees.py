"""A project that is copied is the same project: contents, modes, times and links."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from proofbook.lab.lab import sandbox_account
from proofbook.lab.trees import LARGE, Tree


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "source"
    (root / "a/b").mkdir(parents=True)
    (root / "empty").mkdir()
    (root / "a/text.txt").write_text("text")
    (root / "a/b/none").write_bytes(b"")
    (root / "a/b/large").write_bytes(os.urandom(LARGE + 1))
    (root / "run").write_text("#!/bin/sh\n")
    (root / "run").chmod(0o750)
    (root / "link").symlink_to("a/text.txt")
    (root / "folder").symlink_to("a")
    (root / "nowhere").symlink_to("no/such")
    os.utime(root / "a/text.txt", ns=(1_500_000_000_123_456_789, 1_500_000_000_123_456_789))
    (root / "a").chmod(0o555)
    return root


def described(root: Path) -> dict[str, tuple[object, ...]]:
    found = {}
    for path in [root, *sorted(root.rglob("*"))]:
        status = path.lstat()
        content = path.readlink() if path.is_symlink() else path.read_bytes() if path.is_file() else None
        changed = status.st_mtime_ns if stat.S_ISREG(status.st_mode) else 0
        found[str(path.relative_to(root))] = (status.st_mode, changed, content)
    return found


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_a_copy_is_equal(mask: int, source: Path, tmp_path: Path) -> None:
    before = os.umask(mask)
    try:
        Tree.read(source).write(tmp_path / "target", None)
    finally:
        os.umask(before)

    assert described(tmp_path / "target") == described(source)


def test_what_was_read_stays_what_it_was(source: Path, tmp_path: Path) -> None:
    wanted = described(source)
    tree = Tree.read(source)
    (source / "run").write_text("changed")

    tree.write(tmp_path / "target", None)

    assert described(tmp_path / "target") == wanted


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_all_of_it_is_given_to_the_sandboxes_user(source: Path, tmp_path: Path) -> None:
    account = sandbox_account()
    assert account

    Tree.read(source).write(tmp_path / "target", account)

    owners = {(path.lstat().st_uid, path.lstat().st_gid) for path in (tmp_path / "target").rglob("*")}
    assert owners == {(account.uid, account.gid)}


def test_a_place_that_is_taken_is_an_error(source: Path, tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()

    with pytest.raises(FileExistsError):
        Tree.read(source).write(tmp_path / "target", None)
