"""A text that means a fault only in its own circumstances: what stands near it in the log decides."""

from __future__ import annotations

import io

import pytest
from tests.repository import CASES, ROOT

from proofbook.diagnosis import circumstances
from proofbook.diagnosis.diagnose import diagnose
from proofbook.diagnosis.masking import masked
from proofbook.diagnosis.telling import as_text
from proofbook.pages.page import parse_page
from proofbook.pages.reading import read_catalogue
from proofbook.pages.signatures import Catalogue
from proofbook.settings import read_settings

FOLDER = CASES / "signatures"
TOO_LONG = "ERROR:  value too long for type character varying(16)"
OTHERS = {
    "MIG211": "asked-by-a-program.log",
    "MIG210": "written-by-a-program.log",
    "MIG220": "written-by-a-program.log",
    "MIG215": "asked-by-a-program.log",
    "MIG205": "compared-by-a-program.log",
}
PAGE = """---
fault: A1
title: A1
signature: 'Full: (?P<name>\\w+)'
question: At night?
seen_while: 'File "/night'
---
"""
SMALL = Catalogue([parse_page("docs/A1.md", PAGE)])


@pytest.fixture(scope="module")
def catalogue():
    return read_catalogue(read_settings(ROOT))


def told(log, catalogue):
    diagnosis = diagnose(io.BytesIO(log.encode()), catalogue)
    return [(each.fault, each.line, each.score) for each in diagnosis.found], [
        (each.line, each.count) for each in diagnosis.unknown
    ]


def traceback(place, exception):
    return f'Traceback (most recent call last):\n  File "{place}", line 1, in call\n    call()\n{exception}\n'


CHAINED = "\nThe above exception was the direct cause of the following exception:\n\n"
DAY = traceback("/day/a.py", "Full: disk")
NIGHT = traceback("/night/a.py", "Full: tape")
DRIVER = traceback("/django/db/backends/utils.py", "Full: disk")


@pytest.mark.parametrize("fault", OTHERS)
def test_in_another_traceback_it_is_an_error_that_no_page_knows(fault, catalogue):
    log = (FOLDER / fault / "near_misses" / OTHERS[fault]).read_bytes()

    diagnosis = diagnose(io.BytesIO(log), catalogue)

    assert [each.fault for each in diagnosis.found] == []
    assert len(diagnosis.unknown) == 1


@pytest.mark.parametrize(
    "variant", ["psycopg3", "psycopg2-compose", "colour-actions", "django-6-kubernetes", "server-cri"]
)
@pytest.mark.parametrize("fault", OTHERS)
def test_where_a_migration_is_near_it_is_sure(fault, variant, catalogue):
    (found,) = diagnose(io.BytesIO((FOLDER / fault / f"{variant}.log").read_bytes()), catalogue).found

    assert (found.fault, found.score) == (fault, 1.0)


def test_a_line_alone_is_half_sure_and_the_question_is_asked(catalogue):
    diagnosis = diagnose(io.BytesIO(TOO_LONG.encode()), catalogue)

    assert [(each.fault, each.score) for each in diagnosis.found] == [("MIG210", 0.5)]
    assert "50% sure, for other causes have the same text: Did a migration print it?" in as_text(diagnosis, catalogue)


def test_another_statement_in_the_server_s_log_leaves_it_half_sure(catalogue):
    log = f"{TOO_LONG}\nSTATEMENT:  INSERT INTO item VALUES (1)\n"

    assert told(log, catalogue) == ([("MIG210", 1, 0.5)], [])


def test_a_statement_far_away_is_another_s(catalogue):
    near, far = ("LOG:  checkpoint\n" * count for count in (5, 6))

    assert told(f"{TOO_LONG}\n{near}STATEMENT:  ALTER TABLE item\n", catalogue)[0] == [("MIG210", 1, 1.0)]
    assert told(f"{TOO_LONG}\n{far}STATEMENT:  ALTER TABLE item\n", catalogue)[0] == [("MIG210", 1, 0.5)]


def test_a_statement_of_another_container_is_another_s(catalogue):
    log = f"db-1  | {TOO_LONG}\nold-1  | STATEMENT:  ALTER TABLE item\n"

    assert told(log, catalogue)[0] == [("MIG210", 1, 0.5)]


def test_the_claim_that_counts_is_the_one_in_its_circumstances():
    (found,) = diagnose(io.BytesIO((DAY + NIGHT).encode()), SMALL).found

    assert (found.line, found.score, found.values) == (8, 1.0, {"name": "tape"})


@pytest.mark.parametrize("order", [[DRIVER, NIGHT], [NIGHT, DRIVER]])
def test_of_a_chain_any_half_may_show_it(order):
    assert [each[2] for each in told(CHAINED.join(order), SMALL)[0]] == [1.0]


def test_of_a_chain_the_driver_s_half_alone_shows_nothing():
    assert told(DRIVER, SMALL) == ([("A1", 4, 0.5)], [])
    assert told(CHAINED.join((DRIVER, DAY)), SMALL) == ([], [(4, 2)])


def test_what_happens_before_the_line_is_ended_is_the_same_event():
    assert told(f"  Applying a.0001_b...{DAY}", SMALL) == ([], [(4, 1)])


def test_what_the_database_adds_tells_names_counts_no_more_and_has_the_circumstances_of_its_error(catalogue):
    (found,) = diagnose(io.BytesIO((FOLDER / "MIG220" / "psycopg3.log").read_bytes()), catalogue).found
    (line,) = diagnose(io.BytesIO(b'DETAIL:  Key (tax_id)=(7) is not present in table "item".'), catalogue).found

    assert (found.values["column"], found.values["parent"]) == ("carrier_id", "suppliers_supplier")
    assert (found.count, found.score) == (2, 1.0)
    assert (line.values, line.score) == ({"column": "tax_id", "parent": "item"}, 0.5)
    assert line.text == 'DETAIL:  Key (tax_id)=(***) is not present in table "item".'


@pytest.mark.parametrize(
    "detail",
    [
        "Key (email)=(ann@example.com) already exists.",
        'Key (name)=(x) is not present in table "a", says Ann.',
        "Key (name)=(Ann",
        "Failing row contains (7, Ann).",
    ],
)
def test_what_a_detail_says_beside_names_is_masked(detail):
    assert masked(f"DETAIL:  {detail}") == "DETAIL:  ***"


def test_many_claims_without_circumstances_are_not_all_kept(monkeypatch):
    monkeypatch.setattr(circumstances, "MOST_OPEN", 3)

    assert told(DAY * 9, SMALL) == ([], [(4, 9)])
    assert told("Full: disk\n" + DAY * 9, SMALL) == ([("A1", 1, 0.5)], [])
    assert told(DAY * 9 + NIGHT, SMALL) == ([("A1", 40, 1.0)], [])


def test_what_it_caused_is_told_though_it_is_none_itself():
    page = "---\nfault: B1\ntitle: B1\nsignature: 'Gone: '\n---\n"
    both = Catalogue([*SMALL.pages.values(), parse_page("docs/B1.md", page)])

    assert told(CHAINED.join((DAY, traceback("/day/b.py", "Gone: all"))), both) == ([("B1", 11, 1.0)], [(4, 1)])
