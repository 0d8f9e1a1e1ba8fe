import json
import types
from contextlib import ExitStack

import pytest

from _case import Case
from _run import perform
from _step import CouldNotTell, Failed, Refused, Step


def seen(_):
    return ["a thing"]


def nothing(_):
    return []


def stopping(error):
    def look(_):
        raise error

    return look


class Shelf:
    """A thing to change, with steps that look at it, mend it and look again."""

    def __init__(self):
        self.mended = False
        self.steps = [
            Step("Look", seen),
            Step("Mend", lambda _: [] if self.mended else ["mend it"], self.mend, lambda _: ["break it"]),
            Step("Look again", seen, after=True),
        ]

    def mend(self, _):
        self.mended = True


def test_a_plan_says_what_is_to_do_and_does_not_do_it(capsys):
    shelf = Shelf()

    code = perform("shelf.py", "Mend a shelf.", shelf.steps, [])

    out = capsys.readouterr().out
    assert (code, shelf.mended) == (1, False)
    assert "mend it" in out
    assert "undo: break it" in out
    assert out.endswith("This was the plan, nothing has been changed. Add --apply to act.\n")


def test_apply_acts_once_and_then_has_nothing_to_do(capsys):
    shelf = Shelf()

    assert perform("shelf.py", "Mend a shelf.", shelf.steps, ["--apply"]) == 0
    assert shelf.mended
    assert capsys.readouterr().out.endswith("Done.\n")

    assert perform("shelf.py", "Mend a shelf.", shelf.steps, ["--apply"]) == 0
    assert capsys.readouterr().out.endswith("There is nothing to do.\n")


def test_the_undo_is_said_before_the_change(capsys):
    said = []
    step = Step("Mend", seen, lambda _: said.append(capsys.readouterr().out), lambda _: ["break it"])

    perform("shelf.py", "Mend a shelf.", [step], ["--apply"])

    assert "undo: break it" in said[0]


@pytest.mark.parametrize(
    ("error", "status", "plan", "apply"),
    [
        (Refused("no", "ask"), "refused", 1, 1),
        (Failed("broke", "ask"), "failed", 2, 2),
        (CouldNotTell("silence", "ask"), "failed", 2, 2),
        (ZeroDivisionError("ours"), "failed", 2, 2),
        (KeyboardInterrupt(), "failed", 2, 2),
    ],
)
def test_a_step_that_stops_before_anything_is_changed(capsys, error, status, plan, apply):
    steps = [Step("Look", stopping(error)), Step("Never", stopping(AssertionError()))]

    assert perform("shelf.py", "Mend a shelf.", steps, ["--json"]) == plan
    told = json.loads(capsys.readouterr().out)
    assert [step["status"] for step in told["steps"]] == [status]
    assert perform("shelf.py", "Mend a shelf.", steps, ["--apply"]) == apply


def test_a_failure_while_acting_is_exit_1(capsys):
    assert perform("shelf.py", "Mend.", [Step("Mend", seen, stopping(CouldNotTell("gone")), nothing)], ["--apply"]) == 1


def test_json_is_one_object_and_the_text_goes_to_standard_error(capsys):
    perform("shelf.py", "Mend a shelf.", Shelf().steps, ["--json"])

    said = capsys.readouterr()
    assert "mend it" in said.err
    assert json.loads(said.out) == {
        "steps": [
            {"title": "Look", "status": "done", "undo": "", "says": ["a thing"]},
            {"title": "Mend", "status": "planned", "undo": "break it", "says": ["mend it"]},
            {"title": "Look again", "status": "planned", "undo": "", "says": []},
        ]
    }


def test_nothing_secret_is_said_in_any_spelling(capsys, tmp_path):
    def leak(case):
        case.hide('pa"ss@word')
        raise RuntimeError('pa"ss@word, pa%22ss%40word, pa\\"ss@word, postgresql://me:other@host/db')

    perform("leak.py", "Leak.", [Step("Leak", leak)], ["--json", "--record", str(tmp_path)])

    said = capsys.readouterr()
    everything = said.out + said.err + (tmp_path / "leak.jsonl").read_text()
    assert "***, ***, ***, postgresql://me:***@host/db" in said.err
    assert not any(secret in everything for secret in ("ss@word", "ss%40word", "other"))


def test_a_record_is_one_line_for_each_run(tmp_path):
    shelf = Shelf()

    perform("shelf.py", "Mend a shelf.", shelf.steps, ["--record", str(tmp_path)])
    perform("shelf.py", "Mend a shelf.", shelf.steps, ["--record", str(tmp_path), "--apply"])

    lines = [json.loads(line) for line in (tmp_path / "shelf.jsonl").read_text().splitlines()]
    assert [(line["runbook"], line["mode"], line["exit"]) for line in lines] == [
        ("shelf", "plan", 1),
        ("shelf", "apply", 0),
    ]


def test_the_command_of_an_undo_repeats_only_what_was_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runbooks").mkdir()
    file = tmp_path / "runbooks" / "mend.py"
    file.touch()
    options = types.SimpleNamespace(project="my shop", python="python", database="default")

    command = Case(str(file), options, ExitStack()).command("--undo", "--apply")

    assert command == "python runbooks/mend.py --project 'my shop' --undo --apply"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("postgres://u:p@ss@host/db", "postgres://u:***@host/db"),
        ("redis://:first@second@cache:6379/0", "redis://:***@cache:6379/0"),
        ("'amqp://me@corp:it's\"odd@mq'", "'amqp://me@corp:***@mq'"),
        ("https://host:8000/shop and a@b", "https://host:8000/shop and a@b"),
    ],
)
def test_the_password_of_an_address_is_hidden_to_its_last_letter(capsys, tmp_path, said, told):
    perform("shelf.py", "Mend a shelf.", [Step("Look", lambda _: [said])], ["--json", "--record", str(tmp_path)])

    out, err = capsys.readouterr()
    [step] = json.loads(out)["steps"]
    [recorded] = json.loads((tmp_path / "shelf.jsonl").read_text())["steps"]
    assert step["says"] == recorded["says"] == [told]
    assert said == told or said not in err


BAD_PLACES = {
    "a file": lambda folder: (folder / "there").write_text("mine"),
    "a folder where the file should be": lambda folder: (folder / "there/shelf.jsonl").mkdir(parents=True),
}


@pytest.mark.parametrize("make", BAD_PLACES.values(), ids=BAD_PLACES)
@pytest.mark.parametrize("apply", [[], ["--apply"]], ids=["plan", "apply"])
def test_where_no_record_can_be_kept_nothing_is_begun(capsys, tmp_path, make, apply):
    make(tmp_path)
    shelf = Shelf()

    code = perform("shelf.py", "Mend a shelf.", shelf.steps, ["--record", str(tmp_path / "there"), *apply])

    out = capsys.readouterr().out
    assert (code, shelf.mended) == (2, False), out
    assert f"the record cannot be kept in {tmp_path / 'there'}: " in out
    assert "hint: " in out


def test_a_record_that_can_no_longer_be_kept_is_told_and_what_was_done_stands(capsys, tmp_path):
    place = tmp_path / "there"
    steps = [Step("Mend", seen, lambda _: place.rename(tmp_path / "gone") and place.write_text("mine") and [])]

    code = perform("shelf.py", "Mend a shelf.", steps, ["--record", str(place), "--apply"])

    out, err = capsys.readouterr()
    assert (code, out.endswith("Done.\n")) == (0, True), out
    assert f"this run is not in the record: the record cannot be kept in {place}: " in err


@pytest.mark.parametrize(
    "name",
    [
        *("MAIL_PASSWORD", "STRIPE_API_KEY", "SENTRY_DSN", "DB_PASS", "AWS_SECRET_ACCESS_KEY", "MY_TOKEN"),
        *("db_password", "pgpassword", "api_key"),
    ],
)
def test_what_the_environment_calls_a_secret_is_not_told(name, monkeypatch, capsys):
    monkeypatch.setenv(name, "open-sesame")

    perform("shelf.py", "Mend a shelf.", [Step("Look", lambda _: ["the door says open-sesame"])], [])

    assert "the door says ***" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["COMPASS_HOST", "PASSENGER_HOME", "BYPASSED"])
def test_what_it_does_not_call_a_secret_is_told(name, monkeypatch, capsys):
    monkeypatch.setenv(name, "open-sesame")

    perform("shelf.py", "Mend a shelf.", [Step("Look", lambda _: ["the door says open-sesame"])], [])

    assert "the door says open-sesame" in capsys.readouterr().out
