"""A chart reads well on light and on dark, says in words what it shows, and draws nothing longer than it is."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from proofbook.review.charts import BAR, DARK, LIGHT, WIDTH, Chart, draw

SVG = "{http://www.w3.org/2000/svg}"
CHART = Chart(
    "caught", "Who <caught> it", [("the hook", 12, "12 of 40"), ("nobody & none", 0, "0 of 40"), ("CI", 6, "6")]
)
SITE = "#ffffff", "#1e2129"


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ground", sorted({LIGHT[1], DARK[1], *SITE}))
def test_a_bar_stands_out_from_every_ground(ground):
    assert contrast(BAR, ground) >= 3


@pytest.mark.parametrize(("ink", "ground"), [LIGHT, DARK], ids=["light", "dark"])
def test_the_words_of_a_chart_that_stands_alone_can_be_read(ink, ground):
    assert contrast(ink, ground) >= 4.5
    assert f"color:{ink};background:{ground}" in draw(CHART)


def test_within_a_page_a_chart_takes_the_colours_of_the_page():
    drawn = draw(CHART, inline=True)

    assert "<style" not in drawn
    assert set(re.findall(r'fill="([^"]+)"', drawn)) == {"currentColor", BAR}


def test_a_chart_says_what_it_shows():
    drawing = ET.fromstring(draw(CHART))

    title, said = drawing.find(f"{SVG}title"), drawing.find(f"{SVG}desc")
    assert (title.text, said.text) == ("Who <caught> it", "the hook: 12 of 40; nobody & none: 0 of 40; CI: 6")
    assert drawing.get("aria-labelledby").split() == [title.get("id"), said.get("id")]
    assert drawing.get("role") == "img"


def test_bars_are_as_long_as_their_values_and_nothing_has_none():
    widths = [float(each.get("width")) for each in ET.fromstring(draw(CHART)).iter(f"{SVG}rect")]

    assert len(widths) == 2
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.2)
    assert widths[0] + 230 < WIDTH


def test_a_chart_of_nothing_is_whole_all_the_same():
    assert ET.fromstring(draw(Chart("none", "None", []))).find(f"{SVG}desc").text == "nothing to show"
