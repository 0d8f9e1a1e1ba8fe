from __future__ import annotations

import re

from tests.shelf import fault_page, proven

from proofbook.pages.page import parse_page
from proofbook.pages.runbooks import Runbook
from proofbook.proof.records import PASSED
from proofbook.site import tables
from proofbook.site.standing import Ledger

HERE = "docs/faults/index.md"


def test_the_fault_table_links_each_fault_and_claims_what_its_records_do():
    page = fault_page()

    proven_row, new_row = (
        tables.fault_table(HERE, [(page, ledger)], ["docs/runbooks/mend_shelf.md"]).splitlines()[2]
        for ledger in (proven("18.4", "16.14"), Ledger())
    )

    assert proven_row.startswith("| [MIG900](MIG900.md) | [A shelf is applied before its wall](MIG900.md)")
    assert "[`mend_shelf`](../runbooks/mend_shelf.md)" in proven_row
    assert f"pb-{PASSED}" in proven_row
    assert "<b>Proven</b> PostgreSQL 18.4 and 16.14" in proven_row
    assert "<b>Not proven</b>" in new_row
    assert "<b>Proven</b>" not in new_row


def test_a_row_begins_its_link_with_the_code_by_which_the_filter_knows_it():
    page = fault_page()

    rows = (tables.signature_table("docs/index.md", [page]), tables.fault_table(HERE, [(page, Ledger())], []))

    assert [re.search(r"\[(\w+)[^\]]*\]\([\w/]*MIG900\.md\)", row)[1] for row in rows] == ["MIG900", "MIG900"]


def test_a_fault_that_no_log_shows_names_the_command_that_does():
    page = parse_page("docs/faults/T1.md", "---\nfault: T1\nsignature: none\nshown_by: show --all\n---\n")

    row = tables.signature_table("docs/index.md", [page])

    assert "shown by <code>show &#45;&#45;all</code>" in row


def test_the_runbook_table_names_the_faults_each_repairs():
    runbooks = [Runbook("mend_shelf", "Mend.", ()), Runbook("look", "Look.", ())]

    rows = tables.runbook_table("docs/runbooks/index.md", runbooks, {"mend_shelf": [fault_page()]}, []).splitlines()

    assert rows[2:] == ["| `mend_shelf` | Mend. | [MIG900](../faults/MIG900.md) |", "| `look` | Look. |  |"]


def test_the_obligation_table_counts_who_is_let_off():
    rows = tables.obligation_table([fault_page()]).splitlines()

    assert len(rows) == 14
    assert rows[2].endswith("| never |")
    assert "| 1 of 1: MIG900 |" in next(row for row in rows if "rollback-works" in row)
    assert "| 0 of 1 |" in next(row for row in rows if "nothing-lost" in row)


def test_an_empty_table_says_so():
    assert tables.fault_table(HERE, [], []) == "No fault page is written yet."
