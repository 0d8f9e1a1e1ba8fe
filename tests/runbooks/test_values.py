"""Each type of environment.toml against values it must accept and values in which it must find something."""

import tomllib
from pathlib import Path

import pytest

from _masking import mask, parts_of
from _origins import admits, host_of
from _values import JUDGES, is_placeholder

CASES = tomllib.loads(Path(__file__).with_name("cases").joinpath("values.toml").read_text())
GOOD = [(kind, value) for kind, values in CASES["good"].items() for value in values]
SECRETS = {"secret-key", "database-url"}


@pytest.mark.parametrize(("kind", "value"), GOOD)
def test_what_is_good_is_accepted(kind, value):
    assert list(JUDGES[kind](value, deployed=True)) == []


@pytest.mark.parametrize("case", CASES["bad"], ids=lambda case: f"{case['type']}-{case['value']}")
def test_what_is_wrong_is_found(case):
    found = list(JUDGES[case["type"]](case["value"], deployed=True))

    assert [each for each in found if case["says"] in each.message], found
    assert {(each.fault, each.severity) for each in found if case["says"] in each.message} == {
        (case.get("fault", ""), case.get("severity", "error"))
    }
    if case["type"] in SECRETS:
        assert not [each for each in found if "half" in each.message + each.hint]


def test_every_type_has_a_good_and_a_bad_case():
    free = {"text", "choice"}

    assert set(CASES["good"]) | {"choice"} == set(JUDGES)
    assert {case["type"] for case in CASES["bad"]} | free == set(JUDGES)


@pytest.mark.parametrize(
    ("kind", "value"), [("hosts", "*"), ("database-url", "sqlite:///db.sqlite3"), ("secret-key", "development-only")]
)
def test_a_developers_machine_may_have_what_a_server_may_not(kind, value):
    assert list(JUDGES[kind](value, deployed=False)) == []
    assert list(JUDGES[kind](value, deployed=True)) != []


@pytest.mark.parametrize(
    "value", ["${KEY}", "x-${KEY}-y", "<your key>", "{{ key }}", "CHANGE_ME", "__KEY__", "$KEY", "TODO"]
)
def test_a_placeholder_is_known(value):
    assert is_placeholder(value)


@pytest.mark.parametrize(
    "value", ["a$b", "{a}", "change", "p<a>ss", "xx", "INFO", "https://x.example", "k7x$Qm2_pV9z{R4}tL"]
)
def test_a_value_is_no_placeholder(value):
    assert not is_placeholder(value)


@pytest.mark.parametrize(
    ("listed", "origin", "says"),
    [
        ("https://*.example.com", "https://app.example.com", True),
        ("https://*.example.com", "https://a.b.example.com", True),
        ("https://*.example.com", "https://example.com", False),
        ("https://*.example.com", "http://app.example.com", False),
        ("https://*.example.com", "https://evilexample.com", False),
        ("https://app.example.com", "https://app.example.com", True),
        ("https://app.example.com", "https://app.example.com:8443", False),
    ],
)
def test_a_wildcard_admits_what_is_below_it(listed, origin, says):
    assert admits(listed, origin) is says


@pytest.mark.parametrize(
    "word", ["https://app.example.com:8443", "app.example.com", ".app.example.com", "https://*.app.example.com"]
)
def test_the_host_of_a_word_is_found(word):
    assert host_of(word) == "app.example.com"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Port could not be cast to integer value as 'pa'", "postgresql://depot:pa/ss@db/depot"),
        ("could not connect with hunter22", "postgresql://depot:hunter%32%32@db/depot"),
        ("part of it: unter2", "postgresql://depot:hunter22@db"),
        ("the key is abcdefgh", "xxabcdefghxx"),
    ],
)
def test_no_part_of_a_secret_is_left_in_a_text(text, secret):
    masked = mask(text, parts_of(secret))

    assert "***" in masked
    assert not any(part in masked for part in ("'pa'", "hunter", "unter2", "abcdefgh"))


def test_names_are_told_although_a_secret_is_near():
    text = "KeyError: 'DB_NAME' while reading db.internal"

    assert mask(text, parts_of("postgresql://depot:pw-of-depot@db.internal/depot")) == text
