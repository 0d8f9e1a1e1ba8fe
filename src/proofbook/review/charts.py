"""Draws bars as SVG that reads well on light and on dark; what it shows stands in a table beside it, too."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# on white and on the site's dark ground at least 3:1 against both, as WCAG asks of graphics
BAR = "#23897a"
LIGHT, DARK = ("#1b2624", "#ffffff"), ("#e4ebe9", "#1a2321")
WIDTH, NAMES, ROW, THICK, PAD, LETTER = 640, 230, 30, 18, 12, 7.4
FONT = 'font-family="system-ui, sans-serif"'
STANDALONE = (
    f"<style>svg{{color:{LIGHT[0]};background:{LIGHT[1]}}}"
    f"@media (prefers-color-scheme:dark){{svg{{color:{DARK[0]};background:{DARK[1]}}}}}</style>"
)


@dataclass(frozen=True, slots=True)
class Chart:
    """Named bars; ``shown`` is what stands behind each."""

    name: str
    title: str
    bars: Sequence[tuple[str, float, str]]


def draw(chart: Chart, *, inline: bool = False) -> str:
    """Give the chart as SVG: within a page in the page's own colours, otherwise in those of the reader's system."""
    height = 2 * PAD + ROW * len(chart.bars)
    said = "; ".join(f"{name}: {shown}" for name, _, shown in chart.bars) or "nothing to show"
    key = f"pb-chart-{chart.name}"
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    named = f'role="img" aria-labelledby="{key}-title {key}-desc"'
    parts = [
        f'<svg class="pb-chart" xmlns="http://www.w3.org/2000/svg" {size} {named} font-size="14" {FONT}>',
        f'<title id="{key}-title">{html.escape(chart.title)}</title>',
        f'<desc id="{key}-desc">{html.escape(said)}</desc>',
        "" if inline else STANDALONE,
        *_bars(chart),
        "</svg>",
    ]
    return "".join(parts)


def _bars(chart: Chart) -> Iterator[str]:
    most = max((value for _, value, _ in chart.bars), default=0) or 1
    widest = max((len(shown) for *_, shown in chart.bars), default=0) * LETTER
    room = WIDTH - NAMES - widest - 2 * PAD
    for number, (name, value, shown) in enumerate(chart.bars):
        middle = PAD + ROW * number + ROW / 2
        width = round(room * value / most, 1)
        yield (
            f'<text x="{NAMES - 8}" y="{middle}" text-anchor="end" dominant-baseline="central"'
            f' fill="currentColor">{html.escape(name)}</text>'
        )
        if width:
            yield f'<rect x="{NAMES}" y="{middle - THICK / 2}" width="{width}" height="{THICK}" rx="2" fill="{BAR}"/>'
        yield (
            f'<text x="{NAMES + width + 8}" y="{middle}" dominant-baseline="central"'
            f' fill="currentColor">{html.escape(shown)}</text>'
        )
