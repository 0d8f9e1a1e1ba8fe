import importlib

import pytest

import _run

COLUMN = ["--table", "t", "--column", "c"]
MIGRATION = ["--app", "a", "--migration", "0001"]
FORMS = [
    ("repair_history", [], ["--forget", "a.0001"]),
    ("repair_history", [], ["--forget=a.0001"]),
    ("repair_history", [], ["--forget="]),
    ("repair_history", [], ["--unapply", "a.0001", "a.0002"]),
    ("repair_history", [], ["--unapply=a.0001"]),
    ("adopt_column", MIGRATION, ["--forget"]),
    ("backfill_nulls", COLUMN, ["--undo", "kept.jsonl"]),
    ("backfill_nulls", COLUMN, ["--undo=kept.jsonl"]),
    ("backfill_nulls", COLUMN, ["--undo="]),
    ("restore_database", [], ["--undo"]),
    ("restore_database", [], ["--forget"]),
]
SHORTENED = [
    ("repair_history", [], ["--forg", "a.0001"]),
    ("repair_history", [], ["--unap=a.0001"]),
    ("adopt_column", MIGRATION, ["--forg"]),
    ("backfill_nulls", COLUMN, ["--und", "kept.jsonl"]),
    ("backfill_nulls", COLUMN, ["--und=kept.jsonl"]),
    ("restore_database", [], ["--und"]),
    ("adopt_column", MIGRATION, ["--forget=yes"]),
    ("restore_database", [], ["--undo=yes"]),
    ("repair_history", [], ["--app"]),
    ("restore_database", [], ["--app"]),
    ("backup_database", ["--into", "x"], ["--app"]),
    ("unblock_migration", [], ["--app"]),
    ("backfill_nulls", COLUMN, ["--app"]),
]


@pytest.fixture
def taken(monkeypatch):
    """The steps a run would take; none of them is."""
    taken = []
    monkeypatch.setattr(_run.Run, "take_all", lambda run, steps: taken.append((steps, run.apply)) or 0)
    return taken


def named(case):
    return " ".join([case[0], *case[2]])


@pytest.mark.parametrize("case", FORMS, ids=named)
@pytest.mark.parametrize("first", [True, False], ids=["then --apply", "after --apply"])
def test_an_undo_takes_the_steps_of_the_undo(taken, case, first):
    runbook, needed, flags = case
    module = importlib.import_module(runbook)
    words = [*flags, "--apply"] if first else ["--apply", *flags]

    assert module.main([*needed, *words]) == 0

    assert taken == [(module.UNDO_STEPS, True)]


@pytest.mark.parametrize("case", {form[0]: form for form in FORMS}.values(), ids=lambda case: case[0])
def test_without_the_flag_it_takes_its_own_steps(taken, case):
    module = importlib.import_module(case[0])

    module.main([*case[1], "--apply"])

    assert taken == [(module.STEPS, True)]


@pytest.mark.parametrize("case", SHORTENED, ids=named)
@pytest.mark.parametrize("apply", [["--apply"], []], ids=["apply", "plan"])
def test_a_flag_that_is_shortened_or_not_whole_is_no_flag(taken, capsys, case, apply):
    runbook, needed, flags = case

    with pytest.raises(SystemExit) as ended:
        importlib.import_module(runbook).main([*needed, *flags, *apply])

    assert (ended.value.code, taken) == (2, [])
    assert "usage:" in capsys.readouterr().err
