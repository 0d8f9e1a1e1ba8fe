"""The forms in which a migration graph is written: text and Mermaid for people, JSON for programs, SVG for pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from xml.sax.saxutils import escape

from _picture import Picture, Placed, described

MARKS = {True: "✓", False: "○", None: "·"}
WIDTH, HEIGHT, STEP_X, STEP_Y, GAP, TOP = 214, 24, 226, 38, 44, 44
LONGEST = 28
TIP = (
    '<defs><marker id="mgraph-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
    'orient="auto"><path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>'
)
# Canvas and its text follow the scheme of the page they stand in, light or dark; nothing is told by colour alone.
STYLE = """
svg:root { color-scheme: light dark; background: Canvas; }
.mgraph text { font: 12px ui-sans-serif, system-ui, sans-serif; fill: CanvasText; }
.mgraph .lane { fill: CanvasText; fill-opacity: .05; }
.mgraph .app { font-weight: 700; font-size: 14px; }
.mgraph .edge { fill: none; stroke: CanvasText; stroke-opacity: .55; stroke-width: 1.2; }
.mgraph .across { stroke-opacity: .38; }
.mgraph .box { fill: Canvas; stroke: CanvasText; stroke-width: 1; }
.mgraph .waiting .box { stroke-dasharray: 5 3; }
.mgraph .last .box { stroke-width: 2.6; }
.mgraph .tip { fill: CanvasText; fill-opacity: .6; stroke: none; }
"""


def as_text(picture: Picture) -> str:
    """Give a list by app; what is not in the same app stands behind each."""
    lines = []
    for lane in picture.lanes:
        lines.append(lane)
        for each in of_lane(picture, lane):
            others = [".".join(parent) for parent in each.node.parents if parent[0] != lane]
            after = f"  after {', '.join(others)}" if others else ""
            lines.append(f"  {MARKS[each.node.applied]} {each.node.name}{'  (last)' if each.node.last else ''}{after}")
    return "\n".join(lines)


def of_lane(picture: Picture, lane: str) -> list[Placed]:
    return [each for each in picture.placed.values() if each.node.app == lane]


def as_json(picture: Picture) -> str:
    """Give the nodes with what they depend on."""
    nodes = [
        {
            "app": each.node.app,
            "name": each.node.name,
            "depends_on": [".".join(parent) for parent in each.node.parents],
            "applied": each.node.applied,
            "leaf": each.node.last,
        }
        for each in picture.placed.values()
    ]
    return json.dumps({"migrations": nodes})


def as_mermaid(picture: Picture) -> str:
    """Give a Mermaid flowchart: one subgraph for each app."""
    names = {key: f"m{number}" for number, key in enumerate(picture.placed)}
    lines = ["flowchart TB", "  accTitle: Migration graph", f"  accDescr: {described(picture)}"]
    for number, lane in enumerate(picture.lanes):
        lines.append(f'  subgraph app{number}["{lane}"]')
        for each in of_lane(picture, lane):
            mark = "" if each.node.applied is None else f"{MARKS[each.node.applied]} "
            lines.append(f'    {names[each.node.key]}["{mark}{each.node.name}"]')
        lines.append("  end")
    lines += [f"  {names[parent.node.key]} --> {names[child.node.key]}" for parent, child in picture.edges()]
    waiting = [names[key] for key, each in picture.placed.items() if each.node.applied is False]
    last = [names[key] for key, each in picture.placed.items() if each.node.last]
    if waiting:
        lines += ["  classDef waiting stroke-dasharray: 5 3", f"  class {','.join(waiting)} waiting"]
    if last:
        lines += ["  classDef last stroke-width: 3px", f"  class {','.join(last)} last"]
    return "\n".join(lines)


class Sheet:
    """Where the parts of a picture stand on the sheet, in pixels."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.starts = [GAP // 2]
        for width in picture.widths:
            self.starts.append(self.starts[-1] + width * STEP_X + GAP)
        self.width = max(self.starts[-1] - GAP // 2, 320)
        self.height = TOP + picture.rows * STEP_Y + 40

    def corner(self, placed: Placed) -> tuple[int, int]:
        """Give the upper left corner of a migration's box."""
        return self.starts[placed.lane] + placed.column * STEP_X + 6, TOP + placed.row * STEP_Y

    def path(self, parent: Placed, child: Placed) -> str:
        """Draw a dependency: down within a lane, from side to side between lanes."""
        (x, y), (to_x, to_y) = self.corner(parent), self.corner(child)
        if parent.lane == child.lane:
            x, y, to_x = x + WIDTH // 2, y + HEIGHT, to_x + WIDTH // 2
            bend = (to_y - y) // 2
            return f"M{x} {y}C{x} {y + bend} {to_x} {to_y - bend} {to_x} {to_y}"
        right = parent.lane < child.lane
        x, to_x = (x + WIDTH, to_x) if right else (x, to_x + WIDTH)
        y, to_y, bend = y + HEIGHT // 2, to_y + HEIGHT // 2, GAP if right else -GAP
        return f"M{x} {y}C{x + bend} {y} {to_x - bend} {to_y} {to_x} {to_y}"

    def box(self, placed: Placed) -> str:
        """Draw a migration; its whole name and standing are told where a pointer or a reader looks."""
        node, (x, y) = placed.node, self.corner(placed)
        kinds = " ".join(
            filter(None, ("node", "waiting" if node.applied is False else "", "last" if node.last else ""))
        )
        mark = "" if node.applied is None else f"{MARKS[node.applied]} "
        name = node.name if len(node.name) <= LONGEST else node.name[: LONGEST - 1] + "…"
        after = ", ".join(".".join(parent) for parent in node.parents)
        told = ", ".join(filter(None, (str(node), node.standing, after and f"after {after}")))
        return (
            f'<g class="{kinds}"><title>{escape(told)}</title>'
            f'<rect class="box" x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="5"/>'
            f'<text x="{x + 8}" y="{y + 16}">{escape(mark + name)}</text></g>'
        )


# --8<-- [start:as_svg]
def as_svg(picture: Picture) -> str:
    """Give one SVG: lanes, then dependencies, then the migrations over them, and what the marks mean."""
    sheet = Sheet(picture)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="mgraph" viewBox="0 0 {sheet.width} {sheet.height}" '
        f'width="{sheet.width}" height="{sheet.height}" role="img" aria-labelledby="mgraph-title mgraph-desc">'
    )
    lines = [
        head,
        f'<title id="mgraph-title">Migration graph of {escape(", ".join(picture.lanes))}</title>',
        f'<desc id="mgraph-desc">{escape(described(picture))}</desc>',
        f"<style>{STYLE}</style>",
        TIP,
    ]
    for number, lane in enumerate(picture.lanes):
        x, width = sheet.starts[number], picture.widths[number] * STEP_X
        lines.append(f'<rect class="lane" x="{x}" y="8" width="{width}" height="{sheet.height - 44}" rx="8"/>')
        lines.append(f'<text class="app" x="{x + 14}" y="30">{escape(lane)}</text>')
    for parent, child in picture.edges():
        kind = "edge" if parent.lane == child.lane else "edge across"
        lines.append(f'<path class="{kind}" d="{sheet.path(parent, child)}" marker-end="url(#mgraph-tip)"/>')
    lines += [sheet.box(each) for each in picture.placed.values()]
    lines += [f'<text x="{GAP // 2}" y="{sheet.height - 12}">{escape(legend(picture))}</text>', "</svg>"]
    return "\n".join(line.replace("\n", " ") for line in lines)


# --8<-- [end:as_svg]


def legend(picture: Picture) -> str:
    asked = any(each.node.applied is not None for each in picture.placed.values())
    marks = "✓ applied · ○ and dashed: not applied · " if asked else ""
    return f"{marks}thick: the last of its app"


WRITERS: dict[str, Callable[[Picture], str]] = {
    "text": as_text,
    "mermaid": as_mermaid,
    "svg": as_svg,
    "json": as_json,
}
