"""A number that no run can work with is a mistake of the call: it is told before anything is begun."""

import importlib

import pytest

from _numbers import at_least

CALLS = {
    "backfill_nulls": ("--batch", ["--table", "stock_item", "--column", "weight", "--value", "1"], "1"),
    "deploy": ("--tries", ["--into", "backups"], "1"),
    "roll_back_release": ("--tries", ["--into", "backups"], "1"),
    "validate_migrations": ("--small", ["--rehearse"], "0"),
    "backup_database": ("--keep", ["--into", "backups"], "1"),
}


@pytest.mark.parametrize("given", ["-1", "0", "many"])
@pytest.mark.parametrize("runbook", CALLS)
def test_a_number_that_is_too_small_or_none_is_told(runbook, given, capsys):
    flag, more, least = CALLS[runbook]
    if given == least:
        given = "0.5"

    with pytest.raises(SystemExit) as ended:
        importlib.import_module(runbook).main([*more, f"{flag}={given}"])

    says = capsys.readouterr().err
    assert ended.value.code == 2
    assert f"error: argument {flag}: " in says
    assert "invalid" not in says, "the least is told, too"
    assert "verified" in says if flag == "--keep" else f"is no number of at least {least}" in says


@pytest.mark.parametrize("least", [0, 1])
def test_the_least_itself_will_do(least):
    assert at_least(least)(str(least)) == least
