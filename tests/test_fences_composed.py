"""Pages put together at random from containers and fences; the seed is the name of the page."""

from __future__ import annotations

import random

import pytest
from tests.renderer import Renderer, site_markdown

from proofbook.fences import find_fences

PAGES = 300
INFOS = ["", "bash", " py", "bash {exit=1}", " {.sql #id .wide}", 'bash title="a b"', 'py hl_lines="1"', "größe"]
NO_FENCES = ["bash once", 'bash exit="1"', "bash{a=1}", 'bash hl_lines="a"', "{", "a`b"]
TEXTS = ["Text", "# Heading", "`code`", "a < b", "- item", "> quote", "", "", "```", "~~~", "<b>x</b>", "[a]: b", "\tx"]
CODE = ["ls", "  indented", "", "    deep", "\ttab", "# comment", "> x", "<!-- x -->", "``", "- a", "!!! note"]
HEADS = [
    "!!! note",
    "??? tip",
    '=== "Tab"',
    '=== "Other"',
    "- item",
    "* item",
    "1. item",
    "[^1]: Note",
    "Term\n:   Meaning",
]
TAGS = ["div", "details", 'div markdown="1"', "section markdown", "pre", "p"]


def page(seed: int) -> str:
    """Compose the page of a seed."""
    chance = random.Random(seed)
    return "\n".join(line for _ in range(chance.randint(1, 4)) for line in _part(chance, 0)) + "\n"


def _part(chance: random.Random, depth: int) -> list[str]:
    kinds = [_fence, _fence, _text, _comment] if depth > 3 else [_fence, _text, _indented, _quoted, _tagged, _comment]
    lines = chance.choice(kinds)(chance, depth + 1)
    return [*lines, ""] if chance.random() < 0.8 else lines


def _parts(chance: random.Random, depth: int) -> list[str]:
    return [line for _ in range(chance.randint(1, 3)) for line in _part(chance, depth)]


def _fence(chance: random.Random, _depth: int) -> list[str]:
    marks = chance.choice("`~") * chance.choice([3, 3, 3, 4, 5])
    info = chance.choice(NO_FENCES if chance.random() < 0.1 else INFOS)
    closing = marks if chance.random() < 0.9 else chance.choice([f"{marks}`", f" {marks}", f"{marks} ", "Text"])
    return [marks + info, *chance.choices(CODE, k=chance.randint(0, 4)), closing]


def _text(chance: random.Random, _depth: int) -> list[str]:
    return chance.choices(TEXTS, k=chance.randint(1, 3))


def _indented(chance: random.Random, depth: int) -> list[str]:
    head = chance.choice([*HEADS, ""]).split("\n")
    indent = chance.choice(["    "] * 8 + ["\t", "  ", "   ", "        "])
    blank = [""] if chance.random() < 0.8 else []
    return [*head, *blank, *(indent + line if line else line for line in _parts(chance, depth))]


def _quoted(chance: random.Random, depth: int) -> list[str]:
    return [chance.choice(["> "] * 9 + [">", ""]) + line for line in _parts(chance, depth)]


def _tagged(chance: random.Random, depth: int) -> list[str]:
    tag = chance.choice(TAGS)
    blank = [""] if chance.random() < 0.7 else []
    return [f"<{tag}>", *blank, *_parts(chance, depth), *blank, f"</{tag.split()[0]}>"]


def _comment(chance: random.Random, _depth: int) -> list[str]:
    return ["<!-- open", "```bash", "ls", "```", "-->"] if chance.random() < 0.3 else ["<!-- closed -->"]


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(site_markdown())


@pytest.mark.parametrize("seed", range(PAGES))
def test_place_language_and_text_are_what_the_renderer_shows(seed: int, renderer: Renderer) -> None:
    text = page(seed)

    shown = [(fence.line, fence.end, fence.language, fence.code) for fence in renderer.show(text)]
    found = [(fence.line, fence.end, fence.language, fence.code.removesuffix("\n")) for fence in find_fences(text)]

    assert found == shown, text
