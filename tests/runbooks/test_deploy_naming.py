"""What the first steps of a deployment say of its release, asked without a database."""

import os
import subprocess
from types import SimpleNamespace

import pytest

from _deploying import release_of
from _step import CouldNotTell
from deploy import name_release


class Named(SimpleNamespace):
    """As much of a deployment as naming its release takes."""

    def moving(self):
        return SimpleNamespace(nodes=list)


def says(before, *, switch="true", now=None):
    options = SimpleNamespace(release="v2", switch=switch, switch_back=switch)
    case = Named(options=options, found=[], previous="", before_this=before, open_one=now)
    return " ".join(name_release(case))


def interrupted(**facts):
    return SimpleNamespace(release="v2", is_going_back=lambda: False, fact=facts.get)


@pytest.mark.parametrize("now", [None, interrupted(previous="")], ids=["begun", "begun again"])
def test_where_no_release_before_is_known_the_way_back_is_told_to_have_no_name(now):
    told = says("", now=now)

    assert "no release before this one is known: --switch-back gets an empty $RELEASE; name it with --previous" in told


def test_what_was_noted_with_the_backup_cannot_be_named_any_more():
    told = says("v1", now=interrupted(previous="", backup="x.dump"))

    assert told.endswith("--switch-back gets an empty $RELEASE")


@pytest.mark.parametrize(
    "words",
    [
        {"before": "v1"},
        {"before": "", "switch": ""},
        {"before": "v1", "now": interrupted(previous="")},
        {"before": "", "now": interrupted(previous="v1", backup="x.dump")},
    ],
    ids=["known", "no switch", "begun again", "carried on"],
)
def test_where_it_is_known_or_not_needed_nothing_is_said_of_it(words):
    assert "no release before" not in says(**words)


@pytest.mark.parametrize(
    ("begun", "environment", "fact"),
    [
        (False, {}, "not a git repository"),
        (True, {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}, "detected dubious ownership"),
        (True, {"PATH": "/nowhere"}, "cannot run git: No such file"),
        (True, {}, "HEAD"),
    ],
    ids=["no repository", "of another user", "no git", "no commit"],
)
def test_why_git_names_no_release_is_told_in_its_own_words(tmp_path, monkeypatch, begun, environment, fact):
    if begun:
        subprocess.run(["git", "init", "-q", tmp_path], check=True)
    alone = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    for name, value in {**alone, **environment}.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(CouldNotTell) as told:
        release_of(SimpleNamespace(options=SimpleNamespace(release="", project=str(tmp_path))))

    assert fact in told.value.fact
    assert "name the release: --release NAME" in told.value.hint
