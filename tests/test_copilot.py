"""What coding agents read here is what the pages say: current, short enough, and nothing beside it."""

from __future__ import annotations

import re

import pytest
from tests.repository import ROOT

from proofbook.copilot.checking import check, instruction_files
from proofbook.copilot.files import files_for, knowledge_of
from proofbook.copilot.forms import SKILL_LINES
from proofbook.copilot.guide import GUIDE, MOST, guide
from proofbook.copilot.knowledge import DO_THIS, LINK, TO_A_HEADING, Entry, Knowledge, answer
from proofbook.copilot.marks import find_region
from proofbook.copilot.rules import RULE, index_line, instructions, instructions_file, told_of_plans
from proofbook.copilot.shelf import ALONG, ARCHIVE, Shelf
from proofbook.copilot.skills import SKILLS, skill_text
from proofbook.errors import PageError, ProofbookError
from proofbook.pages.lessons import FILES
from proofbook.pages.page import parse_page
from proofbook.site.edition import Edition, read_edition

EDITION = read_edition(ROOT)
KNOWN: Knowledge = knowledge_of(EDITION)
HERE = Shelf()


def words(text: str) -> str:
    """Give a text without what only marks it up."""
    return " ".join(LINK.sub(r"\1", TO_A_HEADING.sub("", " ".join(text.split()))).replace("**", "").split()).lower()


def own(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


@pytest.mark.lesson("tell-agents-what-is-proven")
def test_what_agents_read_here_is_what_would_be_written_now():
    assert list(check(EDITION, ROOT)) == []


def test_every_kind_of_file_and_every_skill_is_there():
    there = set(instruction_files(ROOT))

    assert {instructions_file(kind) for kind in FILES} <= there
    assert {f".github/skills/{name}/SKILL.md" for name in SKILLS} <= there
    assert {GUIDE, "AGENTS.md", ".github/workflows/copilot-setup-steps.yml"} <= there


@pytest.mark.parametrize("entry", KNOWN.entries, ids=lambda entry: entry.code)
def test_an_answer_is_what_its_page_says_of_its_fix(entry: Entry):
    assert words(entry.answer).rstrip(".") in words(entry.page.text)
    assert words(entry.brief).rstrip(".") in words(entry.page.text)
    said = DO_THIS.search(entry.page.text)
    assert said
    first = entry.page.text[: entry.page.text.index("\n## Fix")]
    assert said.start() < len(first)


def test_only_a_page_that_says_what_to_do_has_an_answer():
    page = parse_page("docs/faults/X.md", "---\nfault: X\n---\nIt is broken.\n\n## Fix\n")

    with pytest.raises(PageError, match="no paragraph begins with"):
        answer(page)


def test_an_answer_ends_with_a_sentence_and_leads_nowhere():
    text = (
        "---\nfault: X\n---\n**Do this:** stop `x` ([Fix](#fix), or the runbook). Read [it](Y.md) first. Then **go**.\n"
    )
    page = parse_page("docs/faults/X.md", text)

    assert answer(page, 5) == "Stop `x`."
    assert answer(page) == "Stop `x`. Read it first. Then go."


def test_every_rule_about_a_kind_of_files_stands_in_its_instructions_with_its_reason():
    for kind in FILES:
        text = instructions(kind, KNOWN, HERE)
        rules = {(found["name"], found["rule"]) for found in RULE.finditer(text)}
        assert rules == {(each.name, each.rule) for each in KNOWN.lessons if kind in each.files}
        assert all(each.why in text for each in KNOWN.lessons if kind in each.files)


def test_the_guide_says_rules_of_lessons_and_lines_of_the_index_only():
    region, *_ = find_region(GUIDE, own(GUIDE)) or (None,)
    assert region
    lines = {line for line in region.text.splitlines() if line.startswith("- ")}
    rules = {line for line in lines if RULE.match(line)}
    index = {index_line(GUIDE, entry, HERE) for entry in KNOWN.entries}

    assert len(rules) >= 4
    assert len(lines - rules) >= 8
    assert lines - rules <= index


def test_every_size_holds():
    assert len(own(GUIDE)) <= MOST
    assert all(len(instructions(kind, KNOWN, HERE)) <= MOST for kind in FILES)
    assert all(len(skill_text(name, KNOWN, HERE).splitlines()) < SKILL_LINES for name in SKILLS)


@pytest.mark.parametrize("room", [2600, 3000, 4000, 9000])
def test_the_guide_fills_the_room_it_has_and_no_more(room):
    text = guide(KNOWN, HERE, room)

    assert len(text) <= room
    assert len(guide(KNOWN, HERE, room + 2000)) > len(text)


def test_a_guide_that_has_no_room_is_refused():
    with pytest.raises(ProofbookError, match="leaves room for 300 of"):
        guide(KNOWN, HERE, 300)


def test_the_faults_most_often_met_come_first():
    weights = [entry.weight for entry in KNOWN.entries]

    assert weights == sorted(weights, reverse=True)
    assert weights[0] > weights[-1] == 0


def test_each_program_that_is_named_is_there():
    text = "".join(skill_text(name, KNOWN, HERE) for name in SKILLS) + own(GUIDE) + own("AGENTS.md")

    programs = set(re.findall(r"(?:scripts|runbooks|\.ci)/[\w.]+\w", text))
    assert len(programs) > 5
    assert [each for each in programs if not (ROOT / each).is_file()] == []


def test_pages_written_along_call_the_archive_that_lies_beside_them():
    shelf = Shelf(ALONG, project="backend")

    called = shelf.calls("run `python runbooks/repair_history.py --app $APP`")

    assert called == f"run `python {ARCHIVE} repair_history --project backend --app $APP`"
    assert Shelf(ALONG, has_runbooks=True).calls("python runbooks/a_b.py") == "python runbooks/a_b.py"
    assert HERE.calls("python runbooks/a_b.py") == "python runbooks/a_b.py"


def test_where_the_same_text_means_something_else_the_title_stands_beside_it():
    [entry] = [each for each in KNOWN.entries if each.code == "BAK101"]

    assert entry.is_ambiguous
    assert f"({entry.page.title[0].lower()}{entry.page.title[1:]})" in index_line(GUIDE, entry, HERE)


def test_every_file_of_another_repository_is_named_once(tmp_path):
    paths = [each.path for each in files_for(Edition(EDITION.settings), tmp_path, Shelf("https://a.example"))]

    assert len(paths) == len(set(paths))
    assert [path for path in paths if path.startswith(ALONG)] == [f"{ALONG}/README.md", ARCHIVE]


def test_every_name_in_a_plan_is_one_of_the_values_of_its_page():
    calls = {entry.code: set(re.findall(r"\$(\w+)", entry.call)) for entry in KNOWN.entries if entry.call}

    set_there = {
        entry.code: set(re.findall(r"^(\w+)=", entry.page.values.code, re.MULTILINE))
        for entry in KNOWN.entries
        if entry.page.values
    }
    assert sum(map(bool, calls.values())) >= 8
    assert {code: names - set_there.get(code, set()) for code, names in calls.items() if names} == {
        code: set() for code, names in calls.items() if names
    }
    assert guide(KNOWN, HERE, 3000).count(told_of_plans(HERE)) == 1


def test_where_others_print_the_same_text_the_question_tells_which_page_to_open():
    [entry] = [each for each in KNOWN.entries if each.code == "MIG108"]

    line = index_line(GUIDE, entry, HERE)

    others = [f"[{code}](../docs/faults/{code}.md)" for code in ("MIG107", "MIG111", "MIG114")]
    opened = f"open [MIG108](../docs/faults/MIG108.md) if yes, else {others[0]}, {others[1]} or {others[2]}"
    assert f": {opened}: {entry.page.front['question']} {entry.brief}" in line
