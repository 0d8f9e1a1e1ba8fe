import dataclasses
import tomllib
from argparse import Namespace
from contextlib import ExitStack

import pytest
from tests.runbooks.conftest import ROOT

from _judging import Judging
from _step import CouldNotTell
from _values import JUDGES
from _variables import FORMS, Environment, Rule, Variable, read_manifest
from validate_environment import judge_rules

LAB = ROOT / "lab/environment.toml"
REFERENCE = (ROOT / "docs/reference/environment.md").read_text()


@pytest.fixture
def manifest(tmp_path):
    def read(text):
        (tmp_path / "environment.toml").write_text(text)
        return read_manifest(tmp_path / "environment.toml")

    return read


def test_the_labs_manifest_is_read():
    read = read_manifest(LAB)

    assert list(read.environments) == ["dev", "uat", "prod"]
    assert [read.environments[name].deployed for name in read.environments] == [False, True, True]
    assert {name for name, each in read.variables.items() if each.is_secret} == {
        "SECRET_KEY",
        "SECRET_KEY_FALLBACKS",
        "DATABASE_URL",
    }
    assert LAB.read_text().splitlines()[read.lines["SECRET_KEY"] - 1] == "[variables.SECRET_KEY]"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "names no environment"),
        ("[environments.dev]\n[variable.A]\n", "a key variable that means nothing"),
        ("[environments.dev]\n[variables.A]\nrequird = true\n", "variables.A has a key requird that means nothing"),
        ("[environments.dev]\n[variables.A]\ntype = 'colour'\n", "variables.A: type is none of"),
        ("[environments.dev]\n[variables.A]\nrequired = ['live']\n", "names an environment that is none: live"),
        ("[environments.dev]\n[variables.A]\nrequired = 'dev'\n", "required is not a list or true or false"),
        ("[environments.dev]\n[variables.A]\nexample = 5\n", "example is not a text"),
        ("[environments.dev]\n[variables.A]\ntype = 'choice'\n", "type choice and choices need each other"),
        ("[environments.dev]\nreader = 'cat'\n", "reader is none of"),
        ("[environments.dev]\n[[rules]]\nwhen = 'A'\n[variables.A]\n", "rule 1 is not one of"),
        ("[environments.dev]\n[[rules]]\none_of = ['A']\n", "rule 1 speaks of variables the manifest lacks: A"),
        ("[environments.dev]\n[[rules]]\none_of = ['A']\ndiffer = ['A']\n[variables.A]\n", "rule 1 is not one of"),
        ("[environments.dev\n", "cannot be read"),
        ("headers = 'X-Tenant-Id'\n[environments.dev]\n", "headers is not a list of texts"),
        ("headers = 5\n[environments.dev]\n", "headers is not a list of texts"),
        ("ignore = 'FOO'\n[environments.dev]\n", "ignore is not a list of texts"),
        ("ignore = [1]\n[environments.dev]\n", "ignore is not a list of texts"),
        ("environments = 'prod'\n", "environments is no table"),
        ("[environments]\nprod = 1\n", "environments.prod is no table"),
        ("variables = []\n[environments.dev]\n", "variables is no table"),
        ("[environments.dev]\n[variables]\nA = 'text'\n", "variables.A is no table"),
        ("rules = 1\n[environments.dev]\n", "rules is no list of tables"),
        ("rules = ['A']\n[environments.dev]\n", "rule 1 is no table"),
        ("[environments.dev]\nsites = [1]\n", "sites is not a list of texts"),
    ],
)
def test_a_manifest_that_says_nothing_or_contradicts_itself_is_refused(manifest, text, says):
    with pytest.raises(CouldNotTell, match=says):
        manifest(text)


def test_a_misspelt_key_is_told_the_right_one(manifest):
    with pytest.raises(CouldNotTell) as told:
        manifest("[environments.dev]\n[variables.A]\nrequird = true\n")

    assert told.value.hint == "did you mean required?"


@pytest.mark.parametrize(
    ("name", "given", "secret"),
    [
        ("MAIL_PASSWORD", "", True),
        ("STRIPE_API_KEY", "", True),
        ("SENTRY_DSN", "", True),
        ("MAIL_HOST", "", False),
        ("TOKEN_COUNT", "secret = false", False),
        ("NOTE", "secret = true", True),
    ],
)
def test_what_looks_like_a_secret_is_one_unless_said_otherwise(manifest, name, given, secret):
    read = manifest(f"[environments.dev]\n[variables.{name}]\n{given}\n")

    assert read.is_secret(name) is secret
    assert read.is_secret("UNKNOWN")


def test_every_type_key_and_rule_stands_in_the_reference():
    for kind in (Environment, Variable, Rule):
        for each in dataclasses.fields(kind):
            if each.name != "name":
                assert f"`{each.name}" in REFERENCE, each.name
    for name in (*JUDGES, *FORMS):
        assert f"`{name}" in REFERENCE, name


def test_the_lab_knows_an_example_of_what_it_requires():
    required = {name for name, each in tomllib.loads(LAB.read_text())["variables"].items() if each.get("required")}

    assert required == {name for name, each in read_manifest(LAB).variables.items() if each.example and each.required}


RULES = """\
[environments.prod]
[variables.A]
[variables.B]
[variables.C]
[[rules]]
because = "so it is"
"""


@pytest.mark.parametrize(
    ("rule", "values", "says"),
    [
        ("one_of = ['A', 'B']", {"C": "1"}, ["none of A, B is set"]),
        ("one_of = ['A', 'B']", {"B": "1"}, []),
        ("one_of = ['A', 'B']", {"A": "${A}", "B": " "}, ["none of A, B is set"]),
        ("together = ['A', 'B']", {"A": "1"}, ["A needs B"]),
        ("together = ['A', 'B']", {}, []),
        ("together = ['A', 'B']", {"A": "1", "B": "2"}, []),
        ("differ = ['A', 'B']", {"A": "1", "B": "1"}, ["A, B must differ"]),
        ("differ = ['A', 'B']", {"A": "1"}, []),
        ("when = 'A'\nneeds = ['B', 'C']", {"A": "1", "C": "1"}, ["A needs B"]),
        ("when = 'A'\nneeds = ['B']", {"C": "1"}, []),
        ("when = 'A'\nequals = 'x'\nneeds = ['B']", {"A": "y"}, []),
        ("when = 'A'\nequals = 'x'\nneeds = ['B']", {"A": "x"}, ["A needs B"]),
        ("each_of = 'A'\nstands_in = 'B'", {"A": "https://a.x, https://b.x", "B": "https://*.x"}, []),
        (
            "each_of = 'A'\nstands_in = 'B'",
            {"A": "https://a.x,https://b.y", "B": "https://a.x"},
            ["B lacks https://b.y of A"],
        ),
        ("one_of = ['A']\nenvironments = ['prod']", {}, ["none of A is set"]),
    ],
)
def test_a_rule_holds_or_says_what_breaks_it(manifest, rule, values, says):
    case = Judging("validate_environment.py", Namespace(), ExitStack())
    case.manifest = manifest(RULES + rule)
    case.environment = case.manifest.environment("prod")
    case.values = values

    found = list(judge_rules(case))

    assert [each.message for each in found] == says
    assert {each.hint for each in found} <= {"so it is"}
