"""The filter over a generated table: by words, and by a pasted line that a fault's signature knows."""

from __future__ import annotations

import pytest
from tests.browser.watching import Watch

pytestmark = pytest.mark.slow

LINE = 'web-1  | 2026-11-22 ERROR app: IntegrityError: column "grade" of relation "shop_item" contains null values'
KNOWN = "/javascripts/diagnosis/known.js"


def shown(page) -> list[str]:
    """Give the codes of the rows that are left."""
    rows = page.locator("[data-filter] tbody tr:not([hidden])")
    return sorted(rows.evaluate_all("(all) => all.map((each) => each.querySelector('a').textContent.slice(0, 6))"))


@pytest.mark.parametrize("address", ["/", "/faults/"])
def test_a_pasted_line_leaves_the_faults_that_print_it(page, watch, address):
    page.goto(address)
    page.wait_for_load_state("networkidle")
    assert not any(url.endswith(KNOWN) for url in watch.asked)
    every = shown(page)

    page.locator(".pb-field textarea").fill(LINE)
    page.wait_for_function("() => document.querySelector('.pb-field output').value.startsWith('2 of')")

    assert shown(page) == ["MIG207", "MIG208"]
    assert sum(url.endswith(KNOWN) for url in watch.asked) == 1
    page.locator(".pb-field textarea").fill("")
    assert shown(page) == every


def test_words_leave_the_rows_that_hold_all_of_them(page):
    page.goto("/faults/")
    every = page.locator("[data-filter] tbody tr").count()

    page.locator(".pb-field textarea").fill("NULL  column made")

    assert "MIG207" in shown(page)
    assert 0 < len(shown(page)) < every


def test_without_what_the_box_knows_words_are_enough(browser, site):
    watch = Watch()
    context = watch.over(browser.new_context(base_url=site))
    page = context.new_page()
    page.route(f"**{KNOWN}", lambda route: route.abort())
    page.goto("/faults/")

    page.locator(".pb-field textarea").fill("MIG207")

    assert shown(page) == ["MIG207"]
    context.close()
    assert watch.left == []
