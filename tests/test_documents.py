from __future__ import annotations

import re
from pathlib import Path

import pytest
from markdown.extensions.toc import slugify
from tests.repository import ROOT

from proofbook.fences import find_headings

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "AGENTS.md", "CHANGELOG.md", ".github/copilot-instructions.md")
COPILOT = ROOT / ".github/copilot-instructions.md"
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
SCRIPT = re.compile(r"`((?:scripts|\.ci)/\w+)")
COPILOT_READS = 4000


def broken_links(file: Path, text: str) -> list[str]:
    """Give the relative links of a document that lead to no file or no heading."""
    return [href for href in LINK.findall(text) if "://" not in href and not leads_somewhere(file, href)]


def leads_somewhere(file: Path, href: str) -> bool:
    path, _, anchor = href.partition("#")
    target = (file.parent / path).resolve() if path else file
    if not target.is_relative_to(ROOT) or not target.is_file():
        return False
    headings = {slugify(heading.text, "-") for heading in find_headings(target.read_text("utf-8"))}
    return not anchor or anchor in headings


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.lesson("link-to-what-is-there")
def test_every_link_of_a_document_leads_somewhere(name):
    assert broken_links(ROOT / name, (ROOT / name).read_text("utf-8")) == []


@pytest.mark.parametrize("name", [*DOCUMENTS, "docs/reference/commands.md"])
def test_every_script_a_document_names_is_there(name):
    named = SCRIPT.findall((ROOT / name).read_text("utf-8"))

    assert [script for script in named if not (ROOT / script).is_file()] == []


@pytest.mark.parametrize("href", ["gone.md", "README.md#gone", "../outside.md", "docs"])
def test_a_link_that_leads_nowhere_would_be_noticed(href):
    assert broken_links(ROOT / "README.md", f"[there](README.md) [x]({href})") == [href]


def test_copilots_instructions_are_short_and_all_their_links_are_relative():
    text = COPILOT.read_text("utf-8")

    assert len(text) < COPILOT_READS
    assert LINK.findall(text)
    assert "://" not in text


def test_copilot_is_led_to_every_first_fault_with_the_answer_beside():
    rows = [row for row in COPILOT.read_text("utf-8").splitlines() if row.startswith("- ") and "docs/faults/" in row]

    assert len([row for row in rows if len(row.rpartition(".md)")[2]) > 20]) >= 8


def test_the_readmes_first_screen_is_all_of_it():
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()

    assert len(lines) <= 30
    assert [line for line in lines if line.startswith("scripts/")] == ["scripts/serve", "scripts/test"]
    assert sum("docs/faults/" in line for line in lines) == 3
