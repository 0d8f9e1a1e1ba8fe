"""The progress view counts what it is told, and a skip is never a pass."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from proofbook.plugin.progress import ProgressView


def report(name: str, outcome: str, when: str = "call", text: str = "") -> pytest.TestReport:
    longrepr = ("x.py", 1, text) if outcome == "skipped" else text or None
    facts = [("proofbook", {"id": f"docs/a.md::{name}"})]
    return pytest.TestReport("docs/a.md::x", ("a", 1, "x"), {}, outcome, longrepr, when, user_properties=facts)


@pytest.fixture
def view() -> ProgressView:
    return ProgressView(Console(file=io.StringIO(), width=120), {"docs/a.md": 4})


def text_of(view: ProgressView) -> str:
    return view._console.file.getvalue()


def test_each_outcome_is_counted_as_what_it_is(view: ProgressView) -> None:
    for one in (
        report("fix-works", "passed"),
        report("nothing-lost", "failed", text="docs/a.md:3: lost"),
        report("rollback-works", "skipped", text="Skipped: waived: too old"),
        report("diagnosis-true", "skipped", text="Skipped: needs curl, which is not on this machine"),
    ):
        view.pytest_runtest_logreport(one)
    view.show_sum([])

    assert view.as_json() == {
        "passed": 1,
        "held": ["docs/a.md::fix-works"],
        "findings": [{"id": "docs/a.md::nothing-lost", "message": "docs/a.md:3: lost"}],
        "not_run": [{"id": "docs/a.md::diagnosis-true", "reason": "needs curl, which is not on this machine"}],
        "waived": [{"id": "docs/a.md::rollback-works", "reason": "too old"}],
        "broke_off": False,
    }
    assert text_of(view).splitlines()[-1] == "1 passed, 1 failed, 1 skipped"


def test_reasons_and_findings_are_shown(view: ProgressView) -> None:
    view.pytest_runtest_logreport(report("a[x]", "failed", text="what [is] wrong"))
    view.pytest_runtest_logreport(report("b", "skipped", text="Skipped: needs curl"))
    view.show_sum(["X claims Y"])

    text = text_of(view)
    assert "what [is] wrong" in text
    assert "needs curl" in text
    assert "signatures::all-against-all: X claims Y" in text
    assert text.splitlines()[-1] == "0 passed, 2 failed, 1 skipped"


def test_what_failed_stands_after_what_was_waived(view: ProgressView) -> None:
    view.pytest_runtest_logreport(report("a", "failed", text="the finding"))
    for name in ("b", "c"):
        view.pytest_runtest_logreport(report(name, "skipped", text="Skipped: waived: the reason"))
    view.show_sum([])

    lines = text_of(view).splitlines()
    waived = lines.index("  the reason")
    assert lines[waived + 1].strip() == "b, c: docs/a.md"
    assert lines.index("the finding") > waived


def test_a_page_is_ticked_off_when_its_last_test_has_run(view: ProgressView) -> None:
    for name in ("a", "b", "c"):
        view.pytest_runtest_logreport(report(name, "passed"))
    assert "docs/a.md" not in text_of(view)

    view.pytest_runtest_logreport(report("d", "failed"))
    assert "✗ docs/a.md" in text_of(view)


def test_setup_and_teardown_are_no_tests_of_their_own(view: ProgressView) -> None:
    for when in ("setup", "call", "teardown"):
        view.pytest_runtest_logreport(report("a", "passed", when))

    assert view.passed == 1


def test_a_page_that_two_workers_cannot_read_is_one_finding(view: ProgressView) -> None:
    for _ in range(2):
        view.note_uncollected("docs/b.md", "docs/b.md:1: is not UTF-8 text")

    assert len(view.findings) == view.uncollected == 1
