"""Which backups are kept: the last verified ones, whatever else lies in the folder."""

import json
import random

import pytest
from tests.runbooks.killing import SEED

import _manifest
from _folder import claimed
from _retention import backups_of, remove, surplus, sweep

ALIKE = {"database": "shop", "server_id": "1"}


@pytest.fixture
def folder(tmp_path):
    def make(number, *, verified=True, **other):
        dump = tmp_path / f"shop_20260101_{number:06}.dump"
        dump.write_bytes(b"rows %d" % number)
        told = {
            "stamp": f"20260101_{number:06}",
            "bytes": dump.stat().st_size,
            "sha256": _manifest.checksum(dump),
            "verified": {"at": "today"} if verified else None,
        }
        _manifest.write_manifest(dump, {**told, **ALIKE, **other})
        return dump

    return tmp_path, make


def too_many(folder, keep=7):
    return {each.dump for each in surplus(backups_of(folder, "shop", "1"), keep)}


def test_the_last_seven_verified_are_kept(folder):
    place, make = folder
    dumps = [make(number) for number in range(10)]

    assert too_many(place) == set(dumps[:3])


def test_what_was_never_verified_pushes_nothing_out(folder):
    place, make = folder
    for number in range(7):
        make(number)
    for number in range(7, 30):
        make(number, verified=False)

    assert too_many(place) == set()


def test_with_fewer_verified_ones_nothing_is_too_much(folder):
    place, make = folder
    for number in range(20):
        make(number, verified=number < 6)

    assert too_many(place) == set()


def test_one_that_was_damaged_since_does_not_count(folder):
    place, make = folder
    dumps = [make(number) for number in range(8)]
    dumps[7].write_bytes(b"rows 8")
    dumps[6].unlink()

    assert too_many(place, keep=6) == set()
    assert too_many(place, keep=5) == {dumps[0]}


def test_other_databases_and_servers_are_counted_apart(folder):
    place, make = folder
    for number in range(7):
        make(number)
        make(100 + number, database="other")
        make(200 + number, server_id="2")

    assert too_many(place) == set()


def test_what_is_no_manifest_of_ours_is_left_alone(folder):
    place, make = folder
    make(1)
    for name, text in (("a.dump.json", "no json"), ("b.dump.json", "[]"), ("c.dump.json", json.dumps({"format": 1}))):
        (place / name).write_text(text)

    assert len(backups_of(place, "shop", "1")) == 1


@pytest.mark.parametrize("turn", range(20))
def test_whatever_was_verified_the_last_ones_stay(folder, turn):
    place, make = folder
    draw = random.Random(f"{SEED} {turn}")
    verified = [draw.random() < draw.random() for _ in range(draw.randrange(12))]
    dumps = [make(number, verified=each) for number, each in enumerate(verified)]
    keep = draw.randrange(1, 5)
    counted = [dump for dump, each in zip(dumps, verified, strict=True) if each]

    gone = too_many(place, keep)

    assert gone.isdisjoint(counted[-keep:]), SEED
    assert not gone or len(counted) >= keep
    assert gone == (set(dumps[: dumps.index(counted[-keep])]) if len(counted) >= keep else set())


def test_removing_leaves_nothing_and_a_kill_in_between_is_swept(folder, monkeypatch):
    place, make = folder
    make(1), make(2), make(3)
    [third, second, _first] = backups_of(place, "shop", "1")
    remove(second)
    assert len(list(place.iterdir())) == 4
    monkeypatch.setattr("pathlib.Path.unlink", lambda path: pytest.exit("killed"))
    with pytest.raises(pytest.exit.Exception):
        remove(third)
    monkeypatch.undo()

    assert len(backups_of(place, "shop", "1")) == 1
    sweep(place, "shop_*")

    assert sorted(path.name for path in place.iterdir()) == [
        "shop_20260101_000001.dump",
        "shop_20260101_000001.dump.json",
    ]


def test_sweeping_leaves_alone_what_another_run_is_writing(folder):
    place, _ = folder
    path = place / "shop_20260101_000001.dump.partial"

    with claimed(path):
        sweep(place, "shop_*")
        assert path.exists()
    sweep(place, "shop_*")
    assert not path.exists()


def test_what_another_run_has_removed_is_not_missed(folder):
    place, make = folder
    make(1)
    [only] = backups_of(place, "shop", "1")
    remove(only)

    remove(only)

    assert list(place.iterdir()) == []


def test_sweeping_never_takes_the_manifest_of_a_backup_that_was_carried_away(folder):
    place, make = folder
    dump = make(1)
    dump.rename(place.parent / "elsewhere.dump")

    sweep(place, "shop_*")

    assert _manifest.manifest_of(dump).exists()
