"""A manifest tells by itself whether it is still what was written."""

import json

import pytest

import _manifest

TOLD = {"database": "shop", "stamp": "20260101_000001", "tables": {"public.a": [3, "17"]}, "verified": None}


@pytest.fixture
def written(tmp_path):
    dump = tmp_path / "shop.dump"
    _manifest.write_manifest(dump, TOLD)
    return _manifest.manifest_of(dump)


def test_what_was_written_is_read(written):
    told = _manifest.load(written)

    assert {key: told[key] for key in TOLD} == TOLD


def test_whatever_bit_is_flipped_it_is_not_what_was_written(written):
    whole = written.read_bytes()
    believed = []
    for place in range(len(whole)):
        for bit in range(8):
            written.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :])
            told = _manifest.load(written)
            # white space stands for nothing
            if told is not None and {key: told.get(key) for key in TOLD} != TOLD:
                believed.append((place, bit))

    assert believed == []


def test_one_of_a_time_without_a_seal_is_still_read_and_gets_one_when_it_is_verified(written):
    old = {**TOLD, "format": 2}
    written.write_text(json.dumps(old))

    told = _manifest.load(written)
    _manifest.write_manifest(written.with_suffix(""), {**told, "verified": {"at": "now"}})

    assert told == old
    assert _manifest.load(written)["verified"] == {"at": "now"}
    written.write_text(written.read_text().replace("17", "18"))
    assert _manifest.load(written) is None


@pytest.mark.parametrize("text", ['{"format": 3}', '{"format": 4}', '["format"]', "{", ""])
def test_what_is_no_manifest_is_none(written, text):
    written.write_text(text)

    assert _manifest.load(written) is None
