import json
import shutil

import pytest
from tests.runbooks.conftest import ROOT

from sync_environments import main


@pytest.fixture
def compare(tmp_path, monkeypatch, capsys):
    """Compare two sides in a folder that holds the lab's manifest; a text becomes a file of that name."""
    shutil.copy(ROOT / "lab/environment.toml", tmp_path)
    monkeypatch.chdir(tmp_path)

    def run(left, right, *flags, **files):
        for name, text in files.items():
            (tmp_path / f"{name}.env").write_text(text)
        code = main([left, right, *flags, "--json"])
        told = capsys.readouterr()
        return code, [each["message"] for each in json.loads(told.out)["findings"]], told.out + told.err

    return run


def test_two_files_with_the_same_names_agree_whatever_their_values_and_order(compare):
    code, found, _ = compare("a.env", "b.env", a="ONE=1\nTWO=2\n", b="# two first\nTWO=x\nexport ONE='y'\n")

    assert (code, found) == (0, [])


def test_each_name_that_one_side_lacks_is_told_both_ways_with_its_line(compare):
    code, found, told = compare("a.env", "b.env", a="ONE=1\nTWO=2\n", b="TWO=2\nDREI=3\n")

    assert code == 1
    assert found == ["ONE is in a.env and not in b.env", "DREI is in b.env and not in a.env"]
    assert '"path": "b.env", "line": 2' in told


def test_no_value_is_told_nor_whether_two_are_equal(compare):
    _, found, told = compare("a.env", "b.env", a="KEY=hidden-one\nPIN=hidden-two\n", b="KEY=hidden-one\n")
    _, other, more = compare("a.env", "b.env", a="KEY=hidden-one\nPIN=hidden-two\n", b="KEY=hidden-three\n")

    assert "hidden" not in told + more
    assert found == other == ["PIN is in a.env and not in b.env"]


def test_a_file_is_compared_with_what_an_environment_requires_and_may_have(compare):
    complete = (ROOT / "lab/prod.env").read_text()

    assert compare("a.env", "prod", a=complete)[0] == 0
    assert compare("a.env", "prod", a=complete.replace("SECRET_KEY=", "SECRET_KEYS="))[1] == [
        "SECRET_KEYS is in a.env and not in prod",
        "SECRET_KEY is in prod and not in a.env",
    ]


def test_what_the_manifest_keeps_to_some_environments_is_no_difference(compare, tmp_path):
    with (tmp_path / "environment.toml").open("a") as manifest:
        manifest.write('\n[variables.BANNER]\nonly = ["uat"]\n')

    assert compare("a.env", "b.env", a="BANNER=test\n", b="")[:2] == (0, [])


def test_two_environments_of_the_manifest_are_compared(compare):
    code, found, _ = compare("dev", "prod")

    assert (code, found) == (0, []), "all that prod requires, dev may have"


@pytest.mark.parametrize("side", ["nowhere.env", "live"])
def test_a_side_that_is_nothing_could_not_be_checked(compare, side):
    code, _, told = compare("prod", side)

    assert code == 2
    assert f"{side} is neither a file nor an environment of environment.toml" in told


def test_files_are_compared_without_a_manifest(compare, tmp_path):
    (tmp_path / "environment.toml").unlink()

    assert compare("a.env", "b.env", a="ONE=1\n", b="")[0] == 1
    assert compare("a.env", "prod")[0] == 2
