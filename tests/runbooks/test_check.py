import json
import subprocess
import sys

import pytest
from tests.runbooks.conftest import ROOT

from _check import Check, Skipped, check_all
from _finding import Finding
from _lessons import LESSONS
from _step import CouldNotTell


def holds(_):
    return []


def finds(_):
    yield Finding("the shelf is crooked", "straighten it", "shelf.py", 7)


def warns(_):
    yield Finding("the shelf is old", severity="warning")


def left_out(_):
    raise Skipped("there is no shelf")


def in_the_dark(_):
    raise CouldNotTell("the light is off", "switch it on")


def finds_and_breaks(case):
    yield from finds(case)
    raise ZeroDivisionError("halfway")


def interrupted(_):
    raise KeyboardInterrupt


def shelf(look, **words):
    return Check("shelf", "The shelf is straight", look, **words)


@pytest.mark.parametrize(
    ("looks", "code", "last"),
    [
        ([holds], 0, "All checks hold."),
        ([warns], 0, "All checks hold."),
        ([left_out, holds], 0, "What was checked holds."),
        ([finds, holds], 1, "Does not hold: shelf0."),
        ([in_the_dark], 2, "Could not check: shelf0."),
        ([in_the_dark, finds], 1, "Does not hold: shelf1."),
        ([finds_and_breaks], 1, "Does not hold: shelf0."),
        ([interrupted, holds], 2, "Could not check: shelf0, shelf1."),
    ],
)
@pytest.mark.lesson("tell-skipped-from-passed")
def test_the_exit_code_says_what_is_known(looks, code, last, capsys):
    checks = [Check(f"shelf{number}", "It stands", look) for number, look in enumerate(looks)]

    assert check_all("shelves.py", "Check shelves.", checks, []) == code
    assert capsys.readouterr().out.endswith(f"{last}\n")


def test_a_check_is_not_made_when_what_it_needs_was_not(capsys):
    never = Check("books", "Books stand", finds, needs=("shelf",))

    assert check_all("shelves.py", "Check shelves.", [shelf(in_the_dark), never], []) == 2
    assert "could not check: needs `shelf`, which was not checked" in capsys.readouterr().out


def test_a_need_that_failed_has_been_checked():
    also = Check("books", "Books stand", finds, needs=("shelf",))

    assert check_all("shelves.py", "Check shelves.", [shelf(finds), also], []) == 1


def stand(*names, **words):
    return [Check(name, "It stands", finds, **words) for name in names]


def statuses(capsys):
    return {each["name"]: each["status"] for each in json.loads(capsys.readouterr().out)["checks"]}


def test_only_makes_what_is_named_and_what_that_needs(capsys):
    checks = [*stand("floor", "lamp"), *stand("shelf", needs=("floor",)), *stand("books", needs=("shelf",))]

    assert check_all("shelves.py", "Check.", checks, ["--json", "--only", "books"]) == 1
    assert statuses(capsys) == {"floor": "failed", "lamp": "skipped", "shelf": "failed", "books": "failed"}


def test_skip_leaves_out_what_is_named_and_what_needs_it_and_tells(capsys):
    checks = [*stand("floor"), *stand("shelf", needs=("floor",)), Check("lamp", "It is lit", holds)]

    assert check_all("shelves.py", "Check.", checks, ["--skip", "floor"]) == 0
    out = capsys.readouterr().out
    assert "skipped: left out by --only or --skip" in out
    assert "skipped: needs `floor`, which was left out" in out
    assert out.endswith("Not checked: floor, shelf.\nWhat was checked holds.\n")


def test_a_check_that_does_not_exist_cannot_be_chosen(capsys):
    with pytest.raises(SystemExit) as ended:
        check_all("shelves.py", "Check.", stand("floor"), ["--only", "flor"])

    assert ended.value.code == 2
    assert "invalid choice: 'flor'" in capsys.readouterr().err


def test_a_note_is_told_and_is_no_finding(capsys):
    def notes(_):
        yield "three books are on loan"

    assert check_all("shelves.py", "Check.", [shelf(notes)], []) == 0
    assert "    three books are on loan\n" in capsys.readouterr().out
    check_all("shelves.py", "Check.", [shelf(notes)], ["--json"])
    told = json.loads(capsys.readouterr().out)
    assert (told["findings"], told["checks"][0]["notes"]) == ([], ["three books are on loan"])


def test_text_has_place_fact_fault_and_hint(capsys):
    check_all("shelves.py", "Check shelves.", [shelf(finds, fault="SHE101")], [])

    out = capsys.readouterr().out
    assert "✗ shelf                The shelf is straight" in out
    assert "    shelf.py:7: error SHE101 the shelf is crooked\n      hint: straighten it\n" in out


def test_what_was_found_before_a_check_had_to_stop_is_told_with_the_reason(capsys):
    check_all("shelves.py", "Check shelves.", [shelf(finds_and_breaks)], [])

    out = capsys.readouterr().out
    assert "error the shelf is crooked" in out
    assert "    not checked to the end: test_check.py:" in out


def test_a_reader_who_has_seen_enough_changes_nothing(tmp_path):
    program = tmp_path / "shelves.py"
    program.write_text(
        "from _check import Check, check_all\n"
        "checks = [Check(f'shelf{number}', 'It stands' * 999, lambda _: []) for number in range(99)]\n"
        "raise SystemExit(check_all(__file__, 'Check shelves.', checks, []))\n"
    )

    command = f"{sys.executable} {program} | head -1; exit ${{PIPESTATUS[0]}}"
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT / "runbooks")}
    done = subprocess.run(["bash", "-c", command], env=environment, text=True, capture_output=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "shelves: Check shelves.\n", "")


def test_json_is_the_contract(capsys):
    check_all("shelves.py", "Check shelves.", [shelf(finds), Check("dark", "It is light", in_the_dark)], ["--json"])

    told = json.loads(capsys.readouterr().out)
    assert told["findings"] == [
        {
            "check": "shelf",
            "fault": "",
            "severity": "error",
            "path": "shelf.py",
            "line": 7,
            "message": "the shelf is crooked",
            "hint": "straighten it",
        }
    ]
    assert [(each["name"], each["status"]) for each in told["checks"]] == [
        ("shelf", "failed"),
        ("dark", "could-not-check"),
    ]
    assert told["checks"][1]["reason"] == "the light is off (switch it on)"


@pytest.mark.parametrize("form", ["text", "github", "json"])
def test_a_check_that_fails_names_the_lesson_it_enforces(form, capsys, monkeypatch):
    monkeypatch.setitem(LESSONS, "shelves.shelf", "stand-straight")

    check_all("shelves.py", "Check shelves.", [shelf(holds)], ["--format", form])
    assert "stand-straight" not in "".join(capsys.readouterr())
    check_all("shelves.py", "Check shelves.", [shelf(finds)], ["--format", form])

    says = '"lesson": "stand-straight"' if form == "json" else "lesson: stand-straight\n"
    assert says in capsys.readouterr().out


def test_github_gets_annotations_it_can_read(capsys):
    def awkward(_):
        yield Finding("50% of, this: is\nbad", path="a:b,c.py", line=3, fault="SHE101")

    check_all("shelves.py", "Check shelves.", [shelf(awkward)], ["--format", "github"])

    expected = "::error file=a%3Ab%2Cc.py,line=3,title=shelves%3A shelf SHE101::50%25 of, this: is%0Abad\n"
    assert capsys.readouterr().out == expected


def test_github_is_not_given_more_than_it_shows(capsys):
    def many(_):
        return [Finding(f"book {number} is missing") for number in range(12)]

    check_all("shelves.py", "Check shelves.", [shelf(many)], ["--format", "github"])

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10
    assert "3 more" in lines[-1]


def test_sarif_has_results_and_says_what_was_not_checked(capsys):
    checks = [shelf(finds, fault="SHE101"), Check("dark", "It is light", in_the_dark)]

    check_all("shelves.py", "Check shelves.", checks, ["--format", "sarif"])

    (run,) = json.loads(capsys.readouterr().out)["runs"]
    (result,) = run["results"]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 7}
    assert result["properties"] == {"fault": "SHE101"}
    assert run["invocations"][0]["executionSuccessful"] is False


def test_sarif_names_a_file_as_an_address(capsys):
    def spaced(_):
        yield Finding("it is crooked", path="my shop/shelf #2.py")

    check_all("shelves.py", "Check shelves.", [shelf(spaced)], ["--format", "sarif"])

    place = json.loads(capsys.readouterr().out)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "my%20shop/shelf%20%232.py"}}


@pytest.mark.parametrize("form", ["text", "json", "github", "sarif"])
@pytest.mark.lesson("keep-secrets-out-of-sight")
def test_no_secret_is_told_in_any_form(form, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("SHELF_PASSWORD", "open-sesame")

    def leaks(_):
        yield Finding("the door says open-sesame", "say open-sesame")
        raise CouldNotTell("open-sesame", "open-sesame")

    check_all("shelves.py", "Check.", [shelf(leaks)], ["--format", form, "--record", str(tmp_path / "records")])

    told = capsys.readouterr()
    assert "open-sesame" not in told.out + told.err + (tmp_path / "records/shelves.jsonl").read_text()


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_check_that_can_keep_no_record_is_not_made(form, capsys, tmp_path):
    place = tmp_path / "records"
    place.write_text("mine")

    assert check_all("shelves.py", "Check.", [shelf(finds)], ["--format", form, "--record", str(place)]) == 2
    told = capsys.readouterr()
    assert "the record cannot be kept in" in told.out + told.err
    assert "crooked" not in told.out + told.err
    assert form == "text" or not told.out


def test_a_check_has_nothing_to_apply(capsys):
    with pytest.raises(SystemExit) as ended:
        check_all("shelves.py", "Check shelves.", [shelf(holds)], ["--apply"])

    assert ended.value.code == 2
    assert "--apply" in capsys.readouterr().err
