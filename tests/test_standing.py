from __future__ import annotations

import pytest
from tests.shelf import NOW, record

from proofbook.proof.records import COULD_NOT_CHECK, FAILED, PASSED, SKIPPED
from proofbook.site.standing import CHANGED, NEVER, Ledger


def test_without_a_record_nothing_is_claimed():
    standing = Ledger().of("fix-works")

    assert standing.state == NEVER
    assert [words for words, _claims in standing.groups()] == ["Not proven"]


@pytest.mark.parametrize("state", [PASSED, FAILED, COULD_NOT_CHECK, SKIPPED])
def test_a_record_of_today_says_what_it_says(state):
    ledger = Ledger((record("fix-works", state),), {NOW})

    assert ledger.of("fix-works").state == state


@pytest.mark.parametrize(("state", "words"), [(PASSED, "Changed since proven"), (FAILED, "Changed since last run")])
def test_a_record_of_another_hash_proves_nothing(state, words):
    standing = Ledger((record("fix-works", state, digest="old"),), {NOW}).of("fix-works")

    assert standing.state == CHANGED
    assert standing.claims[0].words == words


def test_a_snippet_that_moved_is_changed_not_proven():
    ledger = Ledger((record("page.md:12", digest="old"),), {NOW})

    assert ledger.of("page.md:13").state == CHANGED


def test_a_name_that_was_never_run_in_todays_records_is_not_proven():
    ledger = Ledger((record("page.md:12"),), {NOW})

    assert ledger.of("page.md:20").state == NEVER


def test_each_postgresql_is_claimed_for_itself_the_worst_first():
    records = (record("fix-works"), record("fix-works", FAILED, "16.14", message="no"))

    standing = Ledger(records, {NOW}).of("fix-works")

    assert standing.state == FAILED
    assert [(words, [claim.postgres for claim in claims]) for words, claims in standing.groups()] == [
        ("Failed", ["16.14"]),
        ("Proven", ["18.4"]),
    ]
    assert standing.messages == ["no"]


def test_of_several_the_worst_counts_on_each_postgresql():
    records = (record("a"), record("b", FAILED), record("a", postgres="16.14"), record("b", postgres="16.14"))

    standing = Ledger(records, {NOW}).together(["a", "b"])

    assert [claim.state for claim in standing.claims] == [FAILED, PASSED]


def test_one_missing_name_keeps_the_whole_from_being_proven():
    ledger = Ledger((record("a"),), {NOW})

    assert ledger.together(["a", "b"]).state == NEVER


def test_a_whole_is_as_old_as_its_oldest_part():
    ledger = Ledger((record("a", day="2026-11-22"), record("b", day="2026-11-20")), {NOW})

    claim = ledger.together(["a", "b"]).claims[0]

    assert claim.record is not None
    assert claim.record.date.startswith("2026-11-20")
