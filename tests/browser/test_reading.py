"""Pages read well wherever they are read: wide and narrow, dark and light, without a script, and they are light."""

from __future__ import annotations

import gzip
import itertools
import random
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.browser.templates import SCHEMES, SIZES, TEMPLATES
from tests.browser.test_values import SEED
from tests.browser.watching import is_clear

pytestmark = pytest.mark.slow

MOST_TRANSFERRED = 120 * 1024


@pytest.mark.parametrize("kind", TEMPLATES)
def test_a_page_is_light(page, watch, site_folder, kind):
    page.goto(TEMPLATES[kind])
    page.wait_for_load_state("networkidle")

    weights = {path: weight(site_folder, path) for path in {urlsplit(url).path for url in watch.asked}}

    assert len(weights) > 5
    assert [path for path in weights if re.search("search_index|/workers/|/lunr/|/known.js", path)] == []
    assert sum(weights.values()) <= MOST_TRANSFERRED, weights


@pytest.mark.parametrize("kind", TEMPLATES)
def test_no_script_keeps_a_reader_from_the_text(page, kind):
    page.goto(TEMPLATES[kind])

    scripts = page.locator("script[src]")
    assert scripts.count() > 3
    assert scripts.evaluate_all("(all) => all.filter((each) => !each.defer).map((each) => each.src)") == []


def weight(site: Path, path: str) -> int:
    """Give the bytes of a file as a server sends it."""
    file = site / path.lstrip("/")
    return len(gzip.compress((file / "index.html" if file.is_dir() else file).read_bytes()))


@pytest.mark.parametrize("size", SIZES)
def test_nothing_reaches_beyond_the_edge(context, site_folder, size):
    page = context(viewport=SIZES[size]).new_page()
    faults = sorted(f"/faults/{folder.name}/" for folder in (site_folder / "faults").iterdir() if folder.is_dir())
    chosen = random.Random(SEED).sample(faults, 10)

    wide = []
    for address in (*TEMPLATES.values(), *chosen):
        page.goto(address)
        if not is_clear(page):
            wide.append(address)

    assert wide == []


def test_what_reaches_beyond_the_edge_would_be_noticed(context):
    page = context(viewport=SIZES["narrow"]).new_page()
    page.goto("/faults/MIG101/")
    page.evaluate("document.querySelector('.md-content h1').style.width = '90rem'")

    assert not is_clear(page)


def test_each_scheme_is_the_readers(context):
    grounds = {}
    for scheme in SCHEMES:
        page = context(color_scheme=scheme).new_page()
        page.goto("/")
        grounds[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")

    assert len(set(grounds.values())) == len(SCHEMES)


@pytest.mark.parametrize("kind", TEMPLATES)
def test_without_a_script_a_page_reads_fine(context, kind):
    texts = {}
    for has_script in (True, False):
        page = context(java_script_enabled=has_script).new_page()
        page.goto(TEMPLATES[kind])
        texts[has_script] = page.locator("article").inner_text()

    words = [line.strip() for line in texts[False].splitlines() if line.strip()]
    assert words
    assert page.locator("article h1").is_visible()
    missing = [line for line in words if line not in texts[True]]
    assert len(missing) <= len(words) * 0.05, missing


@pytest.mark.parametrize("kind", ["front page", "fault", "guide"])
def test_on_paper_a_page_has_its_text_and_no_controls(page, kind):
    page.goto(TEMPLATES[kind])
    page.emulate_media(media="print")

    assert page.locator("article h1").is_visible()
    assert all(each.is_visible() for each in page.locator("article .highlight code").all()[:5])
    controls = page.locator("header.md-header, .md-tabs, .md-search, article input, article textarea, .md-code__nav")
    assert [each for each in itertools.islice(controls.all(), 60) if each.is_visible()] == []
