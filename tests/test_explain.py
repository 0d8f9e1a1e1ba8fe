from __future__ import annotations

from tests.shelf import fault_page

from proofbook.explain import explain, explain_json, first_paragraph
from proofbook.pages.page import parse_page


def test_the_terminal_shows_what_is_needed_in_order():
    text = explain(fault_page())

    wanted = (
        "MIG900  A shelf is applied before its wall",
        "blocks the deploy; docs/faults/MIG900.md",
        'in the log: ERROR: shelf "[shelf]" has no wall',
        "    WALL=north",
        "Diagnose\n",
        "    # sql\n    select 1;\n",
        "    shelf --look",
        "Fix\n",
        '    wall --build "$WALL"',
        "Verify\n",
        "    shelf --load",
        "Roll back\n",
        '    wall --raze "$WALL"',
        "  python runbooks/mend_shelf.py --wall $WALL",
    )
    places = [text.index(part) for part in wanted]
    assert places == sorted(places)


def test_wrong_recipes_and_what_cannot_run_are_not_offered():
    text = explain(fault_page())

    assert "shelf --push" not in text
    assert "climb" not in text


def test_a_warning_between_two_commands_is_kept():
    page = parse_page(
        "docs/faults/T1.md",
        "---\nfault: T1\n---\n## Fix\n```bash\na\n```\nNot **yet**: [look](x.md).\n```bash\nb\n```\n",
    )

    assert "Fix\n\n    a\nNot **yet**: look.\n    b" in explain(page)


def test_a_program_gets_the_same():
    shown = explain_json(fault_page())

    assert shown["runbook"] == "python runbooks/mend_shelf.py --wall $WALL"
    assert shown["cause"] == "Somebody hung the shelf first. It fell."
    assert shown["roll_back"] == [{"line": 76, "language": "bash", "code": 'wall --raze "$WALL"\n', "output": None}]
    assert [each["language"] for each in shown["diagnose"]] == ["sql", "bash"]


def test_a_page_without_runbook_signature_or_cause_is_explained_too():
    page = parse_page("docs/faults/T1.md", "---\ntitle: T\nfault: T1\nsignature: none\nshown_by: show\n---\n## Fix\n")

    assert "no log shows it; shown by: show" in explain(page)
    assert explain_json(page)["runbook"] is None
    assert first_paragraph(page, "Cause") == ""


def test_faults_of_the_same_text_are_named_with_what_separates_them():
    page = parse_page(
        "docs/faults/T1.md", "---\nfault: T1\nsignature: x\nsame_text: [T3, T2]\nquestion: Is it dark?\n---\n## Cause\n"
    )

    assert "if not, it is T2 or T3: Is it dark?" in explain(page)
    assert explain_json(page)["same_text"] == ["T2", "T3"]
