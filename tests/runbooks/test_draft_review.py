import json

import pytest

from draft_review import main


def record(at, exit_code, runbook="deploy", **more):
    return {"at": f"2026-11-22T{at}+00:00", "runbook": runbook, "mode": "apply", "exit": exit_code, **more}


FAILED = record("03:10:00", 1, steps=[{"title": "Migrate", "status": "failed", "undo": "", "says": ["a | b\nc"]}])
FOUND = record("03:12:00", 1, "smoke_test", findings=[{"fault": "HLT101", "message": "the database is down"}])
MENDED = record("03:40:00", 0, "roll_back", steps=[{"title": "Go back", "status": "done", "undo": "x", "says": ["v1"]}])


@pytest.fixture
def draft(tmp_path, capsys):
    def run(*lines, flags=()):
        for line in lines:
            with (tmp_path / f"{line['runbook']}.jsonl").open("a") as file:
                file.write(json.dumps(line) + "\n")
        code = main(["--records", str(tmp_path), *flags])
        return code, capsys.readouterr()

    return run


def test_the_timeline_is_that_of_all_runbooks_together(draft):
    code, told = draft(MENDED, FOUND, FAILED)

    rows = [line for line in told.out.splitlines() if line.startswith("| 03")]
    assert code == 0
    assert rows == [
        r"| 03:10:00 | deploy | apply | a finding, refused or failed | Migrate: a \| b c |",
        "| 03:12:00 | smoke_test | apply | a finding, refused or failed | HLT101 the database is down |",
        "| 03:40:00 | roll_back | apply | well | Go back: v1 |",
    ]


def test_it_tells_how_long_it_took_and_asks_the_rest(draft):
    _, told = draft(FAILED, FOUND, MENDED)

    assert "to the end: 30 minutes, as far as records tell." in told.out
    assert "## Why nothing stopped it before" in told.out


@pytest.mark.parametrize(
    ("lines", "words"),
    [([MENDED], "Every run that was recorded ended well."), ([MENDED, record("04:00:00", 2)], "No run has ended well")],
)
def test_it_claims_no_end_that_was_not_recorded(lines, words, draft):
    assert words in draft(*lines)[1].out


def test_the_time_can_be_narrowed(draft):
    _, told = draft(FAILED, FOUND, MENDED, flags=("--since", "2026-11-22T03:11", "--until", "2026-11-22T03:20+00:00"))

    assert [line[2:10] for line in told.out.splitlines() if line.startswith("| 03")] == ["03:12:00"]


@pytest.mark.parametrize(
    ("flags", "code", "words"),
    [
        (("--records", "/no/such/folder"), 2, "there are no records in /no/such/folder"),
        (("--since", "2027-01-01"), 2, "none of 1 records is of that time"),
        (("--since", "yesterday"), 1, "'yesterday' is no moment"),
    ],
)
def test_what_cannot_be_drafted_is_told(flags, code, words, draft):
    ended, told = draft(FAILED, flags=flags)

    assert (ended, told.out) == (code, "")
    assert words in told.err


def test_a_broken_record_has_its_place(tmp_path, capsys):
    (tmp_path / "deploy.jsonl").write_text(json.dumps(FAILED) + "\nnot json\n")

    assert main(["--records", str(tmp_path)]) == 2
    assert "deploy.jsonl:2: is no record of a run" in capsys.readouterr().err


PLAN = record("03:00:00", 1, mode="plan", steps=[{"title": "Migrate", "status": "planned", "undo": "", "says": []}])


def test_a_plan_is_no_failure(draft):
    _, told = draft(PLAN, FAILED, MENDED)

    assert "| 03:00:00 | deploy | plan | planned |  |" in told.out
    assert "to the end: 30 minutes, as far as records tell." in told.out


def test_a_plan_that_was_refused_is_one(draft):
    refused = record(
        "03:00:00", 1, mode="plan", steps=[{"title": "Look", "status": "refused", "says": ["no", "hint: ask"]}]
    )

    _, told = draft(refused, MENDED)

    assert "| 03:00:00 | deploy | plan | a finding, refused or failed | Look: no |" in told.out
    assert "to the end: 40 minutes, as far as records tell." in told.out
