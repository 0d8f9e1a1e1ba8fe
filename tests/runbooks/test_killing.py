"""The driver itself: it kills where it says, and it notices what a kill has cost."""

import re
from collections import Counter

import pytest
from tests.runbooks import killing

CALL = ("backup_database", "--project", "..", "--into", "backups", "--apply")


def test_a_run_is_killed_where_it_says(shop, monkeypatch):
    moments = killing.rehearse(shop, CALL)
    told = [str(each) for each in moments]

    assert len(set(told)) >= killing.LEAST
    assert any(each.startswith("before `start pg_dump` in") for each in told), told
    assert sum("in the middle of" in each for each in told) == 2 * killing.LONG
    assert {each.whom for each in moments} == {"alone", "group"}


def test_before_the_file_gets_its_name_there_is_only_the_partial_one(shops):
    with shops() as shop:
        moments = killing.rehearse(shop, CALL)
    last = [each for each in moments if each.what.startswith("rename") and not each.delay][-1]
    with shops() as shop:
        killing.kill(shop, CALL, last)

        assert [path.name for path in (shop.folder / "backups").glob("*.dump.partial")]
        assert list((shop.folder / "backups").glob("*.dump")) == []


def test_what_a_kill_has_cost_is_told_with_the_moment_and_the_seed(shops):
    """The others are looked at all the same, so that a run over all of them tells everything at once."""
    seen = []

    def holds(shop, moment):
        seen.append(moment)
        assert len(seen) != 2, "a row is gone"
        return "nothing is gone"

    told = []
    with pytest.raises(ExceptionGroup) as caught:
        told.extend(each for each in killing.kill_everywhere(shops, CALL, holds))

    [error] = caught.value.exceptions
    assert f"PROOFBOOK_TEST_SEED={killing.SEED}" in error.__notes__[-1]
    assert f"backup_database was killed {seen[1]};" in error.__notes__[-1]
    assert told == [(each, "nothing is gone") for each in seen if each is not seen[1]]


def test_a_run_that_ends_too_early_to_be_killed_is_a_failure(shop):
    never = killing.Moment(100000, "9. Never", "never")

    with pytest.raises(AssertionError, match="it was not killed before `never`"):
        killing.kill(shop, CALL, never)


def test_a_moment_within_another_runbook_belongs_to_the_step_that_uses_it():
    moment = killing.Moment(7, "7. Back up > 4. Write the backup", "start pg_dump")

    assert (moment.outer, killing.Moment(1, "1. Open", "begin").outer) == ("7. Back up", "1. Open")
    assert str(moment) == "before `start pg_dump` in `7. Back up > 4. Write the backup`"


def test_all_moments_are_taken_when_all_is_asked_for(monkeypatch):
    moments = [killing.Moment(number, "step", "what") for number in range(30)]
    monkeypatch.setattr(killing, "ALL", False)
    some = killing.drawn(moments)
    monkeypatch.setattr(killing, "ALL", True)

    assert (len(some), killing.drawn(moments)) == (5, moments)


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_a_step_with_few_moments_is_drawn_as_often_as_one_with_many(monkeypatch, seed):
    """Writing a backup has ninety moments, switching the code has three: both must have their turn."""
    counts = {"1. Back up": 90, "2. Migrate": 9, "3. Switch": 3}
    moments = [
        killing.Moment(100 * place + number, step, "what")
        for place, (step, count) in enumerate(counts.items())
        for number in range(count)
    ]
    monkeypatch.setattr(killing, "ALL", False)
    monkeypatch.setattr(killing, "SEED", seed)

    steps = {}
    for count in (3, 12):
        monkeypatch.setattr(killing, "DRAWN", count)
        steps[count] = Counter(each.step for each in killing.drawn(moments))

    assert set(steps[3].values()) == {1}
    assert steps[12] == {"1. Back up": 5, "2. Migrate": 4, "3. Switch": 3} or steps[12] == {
        "1. Back up": 4, "2. Migrate": 5, "3. Switch": 3,
    }  # fmt: skip


def test_all_is_what_the_door_asks_for():
    door = (killing.ROOT / "scripts" / "test").read_text()

    assert re.search(r"--all\)\s+export PROOFBOOK_TEST_ALL=1\n", door)
