"""Shows a decision tree twice: drawn, and as nested questions that read without a script."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field

from proofbook.pages.page import Page
from proofbook.pages.questions import Branch
from proofbook.site.markup import UNSEARCHED, code, plain
from proofbook.site.publish import link

WIDTH, GAP, LINE, PAD, ROW, STEP = 204, 36, 16, 9, 12, 24
LETTERS = 27


@dataclass(frozen=True, slots=True)
class Box:
    """One box of the drawing: the answer that leads to it, and what is asked or found there."""

    x: int
    y: int
    answer: tuple[str, ...]
    lines: tuple[str, ...]
    target: str = ""

    @property
    def height(self) -> int:
        """Its height, in the drawing's units."""
        return LINE * (len(self.answer) + len(self.lines)) + 2 * PAD


def as_list(here: str, root: Branch) -> str:
    """Give the tree as nested lists: a question, its command, and what follows from each answer."""
    return "\n".join(_items(here, root, 0))


def _items(here: str, branch: Branch, depth: int) -> Iterator[str]:
    indent = "    " * depth
    if branch.question is not None:
        yield f"{indent}- **{plain(branch.question.ask)}** {code(branch.question.run)}\n"
        for each in branch.branches:
            leaf = ", ".join(_leaf(here, page) for page in each.pages)
            yield f"{indent}    - {plain(each.says)} → {leaf or 'go on:'}\n"
            yield from _items(here, each, depth + 2)


def _leaf(here: str, page: Page) -> str:
    return f"[{page.fault} {plain(page.title)}]({link(here, page.path)})"


def as_drawing(here: str, root: Branch) -> str:
    """Give the tree as SVG in the colours of the page, its boxes linked to the pages they name."""
    drawing = Drawing(here)
    height = drawing.place(root, 0, 0)
    width = max(box.x for box in drawing.boxes) + WIDTH
    drawn = "".join([*drawing.lines, *map(_draw, drawing.boxes)])
    return (
        f'<div class="pb-tree" {UNSEARCHED} tabindex="0" role="group" aria-label="Decision tree, drawn">'
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 {width + 2} {height + 2}" '
        f'width="{width + 2}" height="{height + 2}" role="group" aria-label="The questions below, drawn as a tree">'
        f"{drawn}</svg></div>"
    )


@dataclass(frozen=True, slots=True)
class Drawing:
    """The boxes placed so far, and the lines between them."""

    here: str
    boxes: list[Box] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def place(self, branch: Branch, x: int, top: int) -> int:
        """Place a branch and all below it, from ``top`` on; give where it ends.

        What is found stands to the right of its question, what is asked next below it: so the drawing stays narrow.
        """
        box = _box(self.here, branch, x, top)
        self.boxes.append(box)
        right = top
        for each in (each for each in branch.branches if each.question is None):
            leaf = _box(self.here, each, x + WIDTH + GAP, right)
            self.boxes.append(leaf)
            self.lines.append(_across(box, leaf))
            right += leaf.height + ROW
        bottom = max(top + box.height, right - ROW)
        for each in (each for each in branch.branches if each.question is not None):
            first = len(self.boxes)
            below = bottom + 2 * ROW
            bottom = self.place(each, x + STEP, below)
            self.lines.append(_down(box, self.boxes[first]))
        return bottom


def _box(here: str, branch: Branch, x: int, y: int) -> Box:
    answer = tuple(textwrap.wrap(branch.says, LETTERS))
    if branch.question is not None:
        return Box(x, y, answer, tuple(textwrap.wrap(branch.question.ask, LETTERS)))
    names = tuple(line for page in branch.pages for line in textwrap.wrap(f"{page.fault} {page.title}", LETTERS))
    target = link(here, branch.pages[0].path).removesuffix(".md") if len(branch.pages) == 1 else ""
    return Box(x, y, answer, names, target)


def _across(start: Box, end: Box) -> str:
    x1, y1 = start.x + WIDTH, start.y + PAD + LINE // 2
    x2, y2 = end.x, end.y + PAD + LINE // 2
    middle = (x1 + x2) // 2
    return f'<path d="M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}"/>'


def _down(start: Box, end: Box) -> str:
    return f'<path d="M{start.x + STEP // 2} {start.y + start.height} V{end.y + PAD + LINE // 2} H{end.x}"/>'


def _draw(box: Box) -> str:
    texts = []
    for number, words in enumerate((*box.answer, *box.lines)):
        kind = ' class="pb-answer"' if number < len(box.answer) else ""
        y = box.y + PAD + LINE * number + LINE - 4
        texts.append(f'<text x="{box.x + PAD}" y="{y}"{kind}>{plain(words)}</text>')
    kind = "pb-leaf" if box.target or not box.lines else "pb-question"
    shape = f'<rect x="{box.x}" y="{box.y}" width="{WIDTH}" height="{box.height}" rx="6"/>{"".join(texts)}'
    if box.target:
        return f'<a class="pb-leaf" href="../{box.target}/">{shape}</a>'
    return f'<g class="{kind}">{shape}</g>'
