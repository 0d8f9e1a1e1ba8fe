"""Folders, files and archives are read one file after the other; a hostile archive is refused, and told why."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest

from proofbook.errors import ProofbookError
from proofbook.pages.signatures import Catalogue
from proofbook.review import intake
from proofbook.review.intake import sources
from proofbook.review.reading import read_all

LOG = b"psycopg.errors.DuplicateColumn\n"


def read(path: Path) -> dict[str, bytes]:
    found = {}
    for source in sources(path):
        with source.open() as stream:
            found[str(source)] = stream.read()
    return found


def tar(path: Path, members: dict[str, bytes], mode: str = "w", **changes) -> Path:
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            for key, value in changes.items():
                setattr(member, key, value)
            archive.addfile(member, io.BytesIO(content))
    return path


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_a_folder_is_read_below_and_in_order(tmp_path):
    for name in ("b.log", "a/run.log"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(LOG)

    assert list(read(tmp_path)) == [f"{tmp_path}/a/run.log", f"{tmp_path}/b.log"]


def test_a_link_in_a_folder_is_not_followed(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "outside.log").write_bytes(LOG)
    (tmp_path / "in" / "link.log").symlink_to(tmp_path / "outside.log")

    assert read(tmp_path / "in") == {}


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_archive_is_read_however_it_is_packed(tmp_path, mode):
    path = tar(tmp_path / "logs.any", {"run/1.log": LOG, "2.log": b""}, mode)

    assert read(path) == {f"{path}:run/1.log": LOG, f"{path}/2.log": b""}


def test_a_zip_archive_is_read(tmp_path):
    path = zipped(tmp_path / "logs.zip", {"run/1.log": LOG, "run/": b""})

    assert read(path) == {f"{path}:run/1.log": LOG}


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress], ids=["gz", "bz2", "xz"])
def test_one_packed_log_is_read(tmp_path, pack):
    (tmp_path / "1.log.gz").write_bytes(pack(LOG))

    assert read(tmp_path / "1.log.gz") == {f"{tmp_path}/1.log": LOG}


@pytest.mark.parametrize("name", ["../1.log", "a/../../1.log", "/etc/1.log", "C:/1.log", "..\\1.log"])
@pytest.mark.parametrize("make", [tar, zipped])
def test_a_name_that_leads_out_is_refused(tmp_path, make, name):
    path = make(tmp_path / "logs.archive", {"good.log": LOG, name: LOG})

    with pytest.raises(ProofbookError, match="leads out of the archive"):
        read(path)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["logs.archive"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_a_link_or_a_device_in_a_tar_is_refused(tmp_path, kind):
    path = tar(tmp_path / "logs.tar", {"1.log": b""}, type=kind, linkname="/etc/passwd")

    with pytest.raises(ProofbookError, match="link or a device"):
        read(path)


def test_a_link_in_a_zip_is_refused(tmp_path):
    path = tmp_path / "logs.zip"
    with zipfile.ZipFile(path, "w") as archive:
        member = zipfile.ZipInfo("1.log")
        member.external_attr = 0o120777 << 16
        archive.writestr(member, "/etc/passwd")

    with pytest.raises(ProofbookError, match="link or a device"):
        read(path)


@pytest.mark.parametrize("form", ["gnu", "pax"])
def test_a_sparse_file_in_a_tar_is_refused_before_its_holes_are_read(tmp_path, form):
    path, size = tmp_path / "logs.tar", 1 << 40
    member = tarfile.TarInfo("1.log")
    if form == "pax":
        member.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.name": "1.log"}
        member.pax_headers |= {"GNU.sparse.map": f"{size},0", "GNU.sparse.size": str(size)}
        header = bytearray(member.tobuf(tarfile.PAX_FORMAT))
    else:
        member.type = tarfile.GNUTYPE_SPARSE
        header = bytearray(member.tobuf(tarfile.GNU_FORMAT))
        # one piece of no bytes at the end, and the size that it really has
        header[386:410] = b"%011o\0%011o\0" % (8**11 - 1, 0)
        header[483:495] = b"%011o\0" % (8**11 - 1)
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header)
    path.write_bytes(bytes(header) + bytes(1024))
    with tarfile.open(path) as archive:
        assert [(each.issparse(), each.size >> 32 > 0) for each in archive] == [(True, True)]

    with pytest.raises(ProofbookError, match="or sparse"):
        next(sources(path))


@pytest.mark.parametrize("make", ["tar", "zip", "gz"])
def test_a_bomb_is_refused_before_it_is_big(tmp_path, make, monkeypatch):
    monkeypatch.setattr(intake, "ALWAYS", 1 << 16)
    much = b"\0" * (1 << 25)
    path = tmp_path / f"logs.{make}"
    if make == "tar":
        tar(path, {"1.log": much}, "w:gz")
    elif make == "zip":
        zipped(path, {"1.log": much})
    else:
        path.write_bytes(gzip.compress(much))

    with pytest.raises(ProofbookError, match="may be a bomb"):
        read(path)


def test_many_small_files_together_are_a_bomb_too(tmp_path, monkeypatch):
    monkeypatch.setattr(intake, "ALWAYS", 1 << 16)
    path = zipped(tmp_path / "logs.zip", {f"{number}.log": b"\0" * (1 << 20) for number in range(20)})
    monkeypatch.setattr(intake, "MOST_TIMES", 100)

    with pytest.raises(ProofbookError, match="may be a bomb"):
        read(path)


def test_an_honest_log_that_repeats_itself_is_no_bomb(tmp_path):
    path = zipped(tmp_path / "logs.zip", {"1.log": LOG * 100_000})

    assert len(next(iter(read(path).values()))) == len(LOG) * 100_000


@pytest.mark.parametrize("make", [tar, zipped])
def test_too_many_files_are_refused(tmp_path, make, monkeypatch):
    monkeypatch.setattr(intake, "MOST_FILES", 3)
    path = make(tmp_path / "logs.archive", {f"{number}.log": LOG for number in range(6)})

    with pytest.raises(ProofbookError, match="more than 3 files"):
        read(path)


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_an_archive_that_is_cut_off_is_told(tmp_path, mode):
    path = tar(tmp_path / "logs.tar", {"1.log": bytes(range(256)) * 400}, mode)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])

    told = []
    try:
        told = [why for _, why in read_all([path], Catalogue([])).left_aside]
    except ProofbookError as error:
        told.append(str(error))
    assert told


def test_an_encrypted_zip_is_told(tmp_path):
    path = zipped(tmp_path / "logs.zip", {"1.log": LOG})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)

    with pytest.raises(ProofbookError, match="is encrypted"):
        read(path)


def test_a_name_that_steers_a_terminal_is_told_without_doing_so(tmp_path):
    path = zipped(tmp_path / "logs.zip", {"\x1b[2J1.log": LOG})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)

    with pytest.raises(ProofbookError, match="is encrypted") as told:
        read(path)

    assert "\x1b" not in str(told.value)


def test_what_is_not_there_is_told(tmp_path):
    with pytest.raises(ProofbookError, match="cannot be read: No such file"):
        read(tmp_path / "nothing")
