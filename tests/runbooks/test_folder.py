"""What keeps runs apart that write into one folder."""

import fcntl
import os

import pytest

import _folder
from _folder import claimed, is_claimed, only_one
from _step import Refused


def test_only_one_changes_names_in_a_folder_and_the_other_is_told_who(tmp_path, monkeypatch):
    monkeypatch.setattr(_folder, "TRIES", 2)
    monkeypatch.setattr(_folder, "PAUSE", 0)

    with only_one(tmp_path), pytest.raises(Refused, match="another run is at work") as refused, only_one(tmp_path):
        pass

    assert str(tmp_path / ".lock") in refused.value.fact
    with only_one(tmp_path):
        assert (tmp_path / ".lock").stat().st_mode & 0o777 == 0o600


def test_a_lock_that_comes_late_is_waited_for(tmp_path, monkeypatch):
    holder = os.open(tmp_path / ".lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(holder, fcntl.LOCK_EX)
    monkeypatch.setattr(_folder.time, "sleep", lambda _: fcntl.flock(holder, fcntl.LOCK_UN))

    with only_one(tmp_path):
        entered = True

    os.close(holder)
    assert entered


def test_a_lock_that_cannot_be_had_is_told(tmp_path, monkeypatch):
    (tmp_path / ".lock").mkdir()
    with pytest.raises(Refused, match="cannot be opened: Is a directory"), only_one(tmp_path):
        pass
    (tmp_path / ".lock").rmdir()

    def unable(*_):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(_folder.fcntl, "flock", unable)
    with pytest.raises(Refused, match="cannot be locked: No locks available"), only_one(tmp_path):
        pass


def test_a_file_in_work_is_held_until_its_run_ends(tmp_path):
    path = tmp_path / "shop.dump.partial"

    with claimed(path):
        assert (is_claimed(path), path.stat().st_mode & 0o777) == (True, 0o600)
        with pytest.raises(Refused, match="it writes"), claimed(path):
            pass

    assert not is_claimed(path)
