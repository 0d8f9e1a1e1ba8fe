"""The site opened from a folder: its links lead to pages, its search works, its fields too."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from tests.browser.watching import Watch

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(site_folder, tmp_path_factory) -> Path:
    """The site taken away: unpacked where no server is."""
    place = tmp_path_factory.mktemp("away")
    with zipfile.ZipFile(site_folder / "proofbook-offline.zip") as archive:
        archive.extractall(place)
    return place / "proofbook"


@pytest.fixture
def opened(browser, folder):
    """A tab that shows the front page out of the folder; its console must stay without errors."""
    watch = Watch()
    context = watch.over(browser.new_context())
    page = context.new_page()
    page.goto((folder / "index.html").as_uri())
    yield page
    context.close()
    assert watch.asked == []
    assert watch.complaints() == []


def test_links_lead_to_pages(opened):
    opened.locator("article a[href*='faults/MIG101']").first.click()
    opened.wait_for_url("**/faults/MIG101/index.html*")
    assert "MIG101" in opened.locator("h1").inner_text()

    opened.locator("article a[href*='runbooks/repair_history/']").first.click()

    opened.wait_for_url("**/runbooks/repair_history/index.html")
    opened.locator("h1").wait_for()


def test_every_link_inside_names_a_file(folder, site_folder):
    texts = {file: file.read_text("utf-8") for file in folder.rglob("*.html")}

    folders = [file.name for file, text in texts.items() if 'href="../"' in text or 'href="faults/"' in text]

    assert len(texts) == len([each for each in site_folder.rglob("*.html") if each.name != "404.html"])
    assert folders == []


def test_the_search_finds_a_pasted_line_and_leads_to_its_page(opened):
    opened.keyboard.press("/")
    opened.keyboard.insert_text('2026-11-22T08:00:00Z FATAL: password authentication failed for user "app"')
    opened.keyboard.press("End")
    opened.wait_for_selector(".md-search-result__item", state="attached")

    opened.locator(".md-search-result__item a").first.click()

    opened.wait_for_url("**/faults/DBC102/index.html*")
    assert "DBC102" in opened.locator("h1").inner_text()


def test_the_fields_work(opened, folder):
    opened.goto((folder / "faults/MIG101/index.html").as_uri() + "#values:app=bil%20ling")

    assert "APP='bil ling'" in opened.locator(".pb-values + .highlight code").text_content()


def test_the_box_names_a_pasted_fault_and_leads_to_its_page(opened):
    opened.locator("#pb-log").fill("django.db.utils.OperationalError: no such table: auth_user\n")

    opened.locator("[data-answer] a").first.click()

    opened.wait_for_url("**/faults/ENV1*/index.html*")
