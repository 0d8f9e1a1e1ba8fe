from __future__ import annotations

import re

import pytest
from tests.shelf import NOW, fault_page, guide_page, proven, read_case, record

from proofbook.pages.page import Page, parse_page
from proofbook.pages.runbooks import Runbook, RunbookStep
from proofbook.proof.records import COULD_NOT_CHECK, FAILED, PASSED
from proofbook.site import publish
from proofbook.site.publish import Surroundings, decorate, link
from proofbook.site.standing import Ledger

MEND = Runbook("mend_shelf", "Mend a *shelf*.", (RunbookStep("Look", acts=False), RunbookStep("Build", acts=True)))
PAGES = {"docs/runbooks/mend_shelf.md": None}


def shown_fault(ledger: Ledger, runbook: Runbook | None = MEND) -> str:
    return decorate(fault_page(), Surroundings(ledger, runbook, pages=PAGES, home="../../"))


def head_of(shown: str) -> str:
    return shown.partition("</div>")[0]


def test_the_head_says_what_is_proven_where_when_and_at_which_commit():
    head = head_of(shown_fault(proven("18.4", "16.14")))

    assert "<b>Proven</b> on PostgreSQL 18.4 and 16.14" in head
    assert "2026&#45;11&#45;22" in head
    assert "<code>abc1234</code>" in head
    assert "11 obligations, 1 waived" in head


@pytest.mark.parametrize(
    ("ledger", "said"),
    [
        (Ledger(), "<b>Never proven here</b>"),
        (proven("18.4", digest="old"), "<b>Changed since proven</b>: PostgreSQL 18.4"),
        (Ledger((record("fix-works", FAILED),), {NOW}), "<b>Failed</b> on PostgreSQL 18.4"),
    ],
)
def test_the_head_never_says_more_than_the_records(ledger, said):
    head = head_of(shown_fault(ledger))

    assert said in head
    assert "<b>Proven</b>" not in head


def test_one_postgresql_may_be_proven_while_another_is_stale():
    records = (*proven("18.4").records, *proven("16.14", digest="old").records)

    head = head_of(shown_fault(Ledger(records, {NOW})))

    assert re.search(r"Changed since proven</b>: PostgreSQL 16\.14.*<b>Proven</b> on PostgreSQL 18\.4", head, re.DOTALL)


def test_versions_that_could_not_be_compared_are_owned_up_to():
    ledger = Ledger(proven("18.4").records, {NOW}, unsure=True)

    assert "versions are not known here" in head_of(shown_fault(ledger))
    assert "versions are not known here" not in head_of(shown_fault(proven("18.4")))


def test_the_head_shows_the_impact_and_the_signature_as_a_person_reads_it():
    head = head_of(shown_fault(proven("18.4")))

    assert "blocks the deploy" in head
    assert "<code>ERROR&#58; shelf &#34;<var>shelf</var>&#34; has no wall</code>" in head


def test_the_card_has_the_plan_the_call_the_steps_the_page_and_the_source():
    shown = shown_fault(proven("18.4"))

    card = shown[shown.index('class="pb-card"') : shown.index("## Symptom")]
    assert "```bash\npython runbooks/mend_shelf.py --wall $WALL\n```" in card
    assert "```bash\npython runbooks/mend_shelf.py --wall $WALL --apply\n```" in card
    assert "[`mend_shelf`](../runbooks/mend_shelf.md)" in card
    assert 'href="../../runbooks/mend_shelf.py"' in card
    assert "<li>Look</li>" in card
    assert "<li>Build <span" in card
    assert card.index("WALL") < shown.index("## Symptom")


def test_without_a_runbook_there_is_no_card():
    assert "pb-card" not in shown_fault(proven("18.4"), runbook=None)


def test_the_proof_lists_all_twelve_obligations_with_waivers_and_what_failed():
    records = [*proven("18.4").records[1:], record("verify-passes-healthy", COULD_NOT_CHECK, message="no <server>")]

    shown = shown_fault(Ledger(tuple(records), {NOW})).partition("## Proof")[2]

    assert shown.count("<tr>") == 13
    assert "no &lt;server&gt;" in shown
    assert re.search(r"rollback&#45;works.*?Waived</b>: nobody wants the broken shelf back", shown, re.DOTALL)
    assert "Not applicable" not in shown


def test_an_obligation_that_does_not_apply_is_shown_as_such():
    text = fault_page().text.replace("## Does not work", "### Not").replace("shelf --push", "true")

    shown = decorate(parse_page("docs/faults/MIG900.md", text), Surroundings(proven("18.4")))

    assert re.search(r"wrong&#45;recipes&#45;fail.*?Not applicable", shown, re.DOTALL)


def test_a_guide_has_its_line_under_the_title_and_counts_what_is_unproven():
    page = guide_page()
    names = [snippet.name for snippet in page.snippets if snippet.runs]

    shown = decorate(page, Surroundings(Ledger(tuple(map(record, names)), {NOW})))

    title, head, *_rest = shown.split("\n\n")
    assert title == "# A guide"
    assert "<b>Proven</b> on PostgreSQL 18.4" in head
    assert "2 snippets, 1 unproven" in head


def test_a_page_on_which_nothing_runs_is_left_alone():
    page = parse_page("docs/words.md", "---\ntitle: Words\n---\n# Words\n\nNo.\n")

    assert decorate(page, Surroundings(Ledger())) == "# Words\n\nNo."


def test_a_lesson_shows_why_and_what_enforces_it():
    page = parse_page(
        "docs/lessons/testing/r.md",
        "---\nrule: R\nwhy: because\nseen: [2025-11-06]\nenforced_by: [tests/a.py::b, tests/c.py::d]\n---\n"
        "# R\n\nText.\n",
    )

    shown = decorate(page, Surroundings(Ledger()))

    assert shown.index("# R") < shown.index("because") < shown.index("once, 2025&#45;11&#45;06")
    assert shown.index("once") < shown.index("tests/c.py&#58;&#58;d") < shown.index("Text.")


def test_a_runbooks_page_leads_back_to_every_page_that_uses_it():
    page = read_case("guide.md", "docs/runbooks/mend_shelf.md")

    used = decorate(page, Surroundings(Ledger(), MEND, (fault_page(),), home="../../"))
    unused = decorate(page, Surroundings(Ledger(), MEND))

    assert "- [MIG900 A shelf is applied before its wall](../faults/MIG900.md)" in used
    assert "No page uses this runbook yet." in unused


def test_links_lead_from_page_to_page():
    assert link("docs/faults/MIG900.md", "docs/runbooks/mend.md") == "../runbooks/mend.md"
    assert link("docs/index.md", "docs/faults/MIG900.md") == "faults/MIG900.md"


def test_published_proofs_say_which_still_speak_of_what_is_there():
    published = publish.proofs([record("a"), record("b", digest="old")], {NOW}, "2026-11-22T12:00:00+00:00", "abc")

    assert {key: published[key] for key in ("generated", "commit")} == {
        "generated": "2026-11-22T12:00:00+00:00",
        "commit": "abc",
    }
    assert [(each["id"], each["state"], each["current"]) for each in published["proofs"]] == [
        ("page::a", PASSED, True),
        ("page::b", PASSED, False),
    ]


def member(code: str, others: str, more: str = "") -> Page:
    front = f"title: The {code}\nfault: {code}\nsame_text: [{others}]\nquestion: Is it {code}?\n{more}"
    return parse_page(f"docs/faults/{code}.md", f"---\n{front}---\nLead.\n\n## Symptom\n")


def test_faults_of_one_text_share_a_table_that_tells_them_apart():
    first, second = member("MIG1", "MIG2", "evidence: 'Applying (?P<app>\\w+)'\n"), member("MIG2", "MIG1")

    one, other = (decorate(page, Surroundings(Ledger(), group=(first, second))) for page in (first, second))

    assert "| Is it MIG1?<br>The log holds <code>Applying [app]</code> | **MIG1 The MIG1** (this page) |" in one
    assert "| Is it MIG2? | [MIG2 The MIG2](MIG2.md) |" in one
    assert "| Is it MIG1?<br>The log holds <code>Applying [app]</code> | [MIG1 The MIG1](MIG1.md) |" in other
    assert one.index("Lead.") < one.index("Is it MIG1?") < one.index("## Symptom")


def test_a_question_shows_its_code_as_code_and_nothing_else_as_markdown():
    asks = "question: 'Does `migrate --check` end with *0*, in `a|b`?'"
    first, second = member("MIG1", "MIG2"), member("MIG2", "MIG1")
    first = parse_page(first.path, first.text.replace("question: Is it MIG1?", asks))

    shown = decorate(second, Surroundings(Ledger(), group=(first, second)))

    code = "<code>migrate &#45;&#45;check</code>"
    assert f"| Does {code} end with &#42;0&#42;, in <code>a&#124;b</code>? | [MIG1" in shown


def test_a_fault_of_its_own_text_has_no_such_table():
    assert "more than one cause" not in decorate(fault_page(), Surroundings(Ledger(), group=(fault_page(),)))


def test_a_runbooks_page_does_not_name_its_users_twice():
    page = read_case("guide.md", "docs/runbooks/mend_shelf.md")

    shown = decorate(page, Surroundings(Ledger(), MEND, (fault_page(),), home="../../", named_by=(fault_page(),)))

    assert shown.count("(../faults/MIG900.md)") == 1
