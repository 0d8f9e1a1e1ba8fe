"""A chart is read on the real ground of its page, in either scheme, and nothing of it is cut off."""

from __future__ import annotations

import re

import pytest
from tests.browser.templates import SCHEMES, SIZES, TEMPLATES
from tests.test_review_charts import contrast

pytestmark = pytest.mark.slow

CHARTS = 2
# the colours that a browser has computed; a word's may be half transparent
COLOURS = """() => [...document.querySelectorAll(".pb-bars svg")].map((chart) => ({
  ground: getComputedStyle(document.body).backgroundColor,
  own: [chart, chart.parentElement].map((each) => getComputedStyle(each).backgroundColor),
  bars: [...chart.querySelectorAll("rect")].map((each) => getComputedStyle(each).fill),
  words: [...chart.querySelectorAll("text")].map((each) => getComputedStyle(each).fill),
}))"""
CUT = """() => [...document.querySelectorAll(".pb-bars svg")].flatMap((chart) => {
  const [left, right] = [chart.getBoundingClientRect().left, chart.getBoundingClientRect().right];
  return [...chart.querySelectorAll("text, rect")].filter((each) => {
    const box = each.getBoundingClientRect();
    return box.left < left || box.right > right;
  }).map((each) => each.outerHTML);
})"""


def seen(colour: str, ground: str = "") -> str:
    """Give a colour as it is seen on this ground, as `#rrggbb`."""
    red, green, blue, *alpha = (float(each) for each in re.findall(r"[\d.]+", colour))
    opaque = alpha[0] if alpha else 1.0
    below = [int(ground[at : at + 2], 16) for at in (1, 3, 5)] if ground else [0, 0, 0]
    mixed = (round(opaque * each + (1 - opaque) * under) for each, under in zip((red, green, blue), below, strict=True))
    return "#" + "".join(f"{each:02x}" for each in mixed)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_bars_and_words_stand_out_from_the_page(context, scheme):
    page = context(color_scheme=scheme).new_page()
    page.goto(TEMPLATES["charts"])

    charts = page.evaluate(COLOURS)

    assert len(charts) == CHARTS
    for chart in charts:
        ground = seen(chart["ground"])
        assert {seen(each, ground) for each in chart["own"]} == {ground}
        assert chart["bars"]
        assert all(contrast(seen(each, ground), ground) >= 3 for each in chart["bars"])
        assert chart["words"]
        assert all(contrast(seen(each, ground), ground) >= 4.5 for each in chart["words"])


@pytest.mark.parametrize("size", SIZES)
def test_no_name_and_no_bar_is_cut_off(context, size):
    page = context(viewport=SIZES[size]).new_page()
    page.goto(TEMPLATES["charts"])

    assert page.locator(".pb-bars svg").count() == CHARTS
    assert page.evaluate(CUT) == []


def test_what_is_cut_off_would_be_noticed(page):
    page.goto(TEMPLATES["charts"])
    page.evaluate("document.querySelector('.pb-bars text').textContent += ', and much more than there is room for'")

    assert page.evaluate(CUT)
