"""axe finds nothing serious on any kind of page, in either scheme, wide and narrow."""

from __future__ import annotations

import itertools

import pytest
from tests.browser.templates import SCHEMES, SIZES, TEMPLATES
from tests.repository import ROOT

pytestmark = pytest.mark.slow

AXE = ROOT / "tests/browser/node_modules/axe-core/axe.min.js"
WEIGHTY = {"serious", "critical"}
# a colour that is on its way to another one has neither's contrast
STILL = """() => Promise.allSettled(
  document.getAnimations()
    .filter((each) => each.effect.getComputedTiming().endTime < Infinity)
    .map((each) => each.finished),
)"""
RUN = "axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations)"


def problems(page) -> list[str]:
    """Give what axe finds, as `rule: where`."""
    if not AXE.is_file():
        pytest.skip("needs axe: npm ci --prefix tests/browser")
    page.evaluate(STILL)
    page.evaluate(AXE.read_text("utf-8"))
    found = [each for each in page.evaluate(RUN) if each["impact"] in WEIGHTY]
    return [f"{each['id']}: {node['target'][0]}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize("kind", TEMPLATES)
def test_axe_finds_nothing_serious(context, kind):
    found = {}
    for scheme, size in itertools.product(SCHEMES, SIZES):
        page = context(color_scheme=scheme, viewport=SIZES[size]).new_page()
        page.goto(TEMPLATES[kind])
        page.wait_for_load_state("networkidle")
        found[scheme, size] = problems(page)

    assert {where: told for where, told in found.items() if told} == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_fields_and_an_open_search_are_as_accessible(context, scheme):
    page = context(color_scheme=scheme).new_page()
    page.goto("/faults/MIG101/#values:app=billing")
    assert problems(page) == []

    page.keyboard.press("/")
    page.keyboard.type("migrate")
    page.wait_for_selector(".md-search-result__item", state="attached")

    assert problems(page) == []


def test_axe_would_notice(page):
    page.goto("/faults/MIG101/")
    page.evaluate("document.querySelector('article > p').style.color = '#ddd'")
    page.evaluate("document.querySelector('.md-search').removeAttribute('aria-label')")

    assert {told.partition(":")[0] for told in problems(page)} == {"color-contrast", "aria-dialog-name"}
