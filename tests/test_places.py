"""Where a run keeps what it makes."""

import os
from types import SimpleNamespace

import pytest

from proofbook.lab import places
from proofbook.lab.places import ROOM, run_folder, swept_folders

PAGE = 4096


@pytest.fixture
def memory(tmp_path, monkeypatch):
    """A folder that says it is a file system in memory, and of what kind."""
    told = SimpleNamespace(f_flag=0, f_blocks=ROOM // PAGE, f_frsize=PAGE)
    real = os.statvfs
    monkeypatch.setattr(places, "IN_MEMORY", tmp_path)
    monkeypatch.setattr(os, "statvfs", lambda path: told if path == tmp_path else real(path))
    monkeypatch.delenv("TMPDIR", raising=False)
    return told


def test_sandboxes_are_kept_in_memory_where_there_is_room(memory, tmp_path):
    assert run_folder(tmp_path / "checkout").parent == tmp_path


@pytest.mark.parametrize("lack", [{"f_blocks": 64}, {"f_flag": os.ST_NOEXEC}, {"f_flag": os.ST_RDONLY}])
def test_where_memory_is_short_or_starts_no_program_temporary_files_do(memory, tmp_path, lack):
    vars(memory).update(lack)

    assert run_folder(tmp_path).parent != tmp_path


def test_a_system_without_such_a_place_does_too(monkeypatch, tmp_path):
    monkeypatch.setattr(places, "IN_MEMORY", tmp_path / "absent")

    assert run_folder(tmp_path).parent != tmp_path / "absent"


def test_tmpdir_decides(memory, tmp_path, monkeypatch):
    chosen = tmp_path / "chosen"
    chosen.mkdir()
    monkeypatch.setenv("TMPDIR", str(chosen))
    monkeypatch.setattr("tempfile.tempdir", None)

    assert run_folder(tmp_path).parent == chosen
    assert {folder.parent for folder in swept_folders(tmp_path)} == {chosen, tmp_path}
