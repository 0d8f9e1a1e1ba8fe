"""The theme's own search: a pasted line finds its page, and who does not search does not load the index."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from tests.repository import ROOT

from proofbook.pages.page import Page, read_page
from proofbook.pages.reading import loader, page_files
from proofbook.settings import read_settings

pytestmark = pytest.mark.slow

FIELD = "[data-md-component=search-query]"
FOUND = ".md-search-result__item"
SAID = ".md-search-result__meta"
# what stands before a line in a container's log
CARRIED = "2026-11-22T08:00:00Z web-1 ERROR app: "
AMONG_FIRST = 3


@cache
def faults() -> dict[str, Page]:
    settings = read_settings(ROOT)
    pages = [read_page(file, file.as_posix(), loader(ROOT)) for file in page_files(settings)]
    return {page.fault: page for page in pages if page.fault}


def lines_of_logs() -> dict[str, str]:
    """Give for each fault that a log shows the line of its own Symptom that tells it."""
    found = {}
    for code, page in faults().items():
        for pattern in page.signatures:
            lines = [line for each in page.under("Symptom") for line in (each.expected or "").splitlines()]
            told = next((line for line in lines if re.search(pattern, line)), None)
            if told and code not in found:
                found[code] = told
    return found


def search(page, query: str) -> list[str]:
    """Type a query and give the pages that are found, the best first."""
    for text in ("zzqq", query):
        page.locator(FIELD).fill(text)
        # the theme asks when a key is released
        page.locator(FIELD).press("End")
        page.wait_for_function("(text) => window.asked === text && window.answers === window.queries", arg=text)
    return page.evaluate(f"[...document.querySelectorAll('{FOUND}')].map((each) => each.querySelector('a').pathname)")


@pytest.fixture
def searching(page):
    """A tab in which the search is ready, and which counts what the search is asked and answers."""
    page.add_init_script(COUNTING)
    page.goto("/reference/glossary/")
    page.locator(FIELD).fill("migrate")
    page.wait_for_selector(FOUND, state="attached")
    return page


# the query as it was typed, and whether each question to the worker has its answer
COUNTING = """
  window.queries = window.answers = 0;
  const Real = window.Worker;
  window.Worker = class extends Real {
    constructor(address) {
      super(address);
      const count = () => { window.answers += 1; };
      this.addEventListener("message", ({ data }) => data.type === 3 && setTimeout(count));
    }
    postMessage(message) {
      if (message.type === 2) {
        window.queries += 1;
        window.asked = document.querySelector("[data-md-component=search-query]").value;
      }
      super.postMessage(message);
    }
  };
"""

TABLE = {
    'FATAL: password authentication failed for user "depot"': "DBC102",
    'FATAL: password authentication failed for user "app"': "DBC102",
    '2026-11-22T08:00:00Z ERROR app: FATAL: password authentication failed for user "app"': "DBC102",
    'ERROR: relation "products_category" does not exist': "MIG108",
    'ERROR: relation "users" does not exist': "MIG108",
    "42P07": "MIG110",
    "connection to server at 127.0.0.1, port 5432 failed: Connection refused": "DBC101",
    "InconsistentMigrationHistry": "MIG101",
}


@pytest.mark.parametrize(("query", "code"), TABLE.items())
def test_what_a_reader_pastes_finds_its_page(searching, query, code):
    found = search(searching, query)

    accepted = {f"/faults/{each}/" for each in faults()[code].group}
    assert accepted & set(found[:AMONG_FIRST]), found[:AMONG_FIRST]


def test_every_line_of_a_log_finds_its_fault_among_the_first(searching):
    lines = lines_of_logs()
    assert len(lines) > 70

    ranks = {}
    for code, line in lines.items():
        found = search(searching, CARRIED + line)
        group = [f"/faults/{each}/" for each in faults()[code].group]
        ranks[code] = next((rank for rank, path in enumerate(found, start=1) if path in group), 0)

    assert {code: rank for code, rank in ranks.items() if not 1 <= rank <= AMONG_FIRST} == {}
    assert sum(rank == 1 for rank in ranks.values()) >= len(ranks) * 0.85


def test_words_find_a_page_while_they_are_typed(searching):
    assert any("rotate_secret" in path for path in search(searching, "rotate secr")[:AMONG_FIRST])


def test_what_is_nowhere_finds_nothing(searching):
    assert search(searching, "xyzzyplugh quuxfrob") == []


def test_the_index_is_asked_for_when_the_search_is_first_used(page, watch):
    page.goto("/faults/MIG101/")
    page.wait_for_load_state("networkidle")
    assert asked_index(watch) == []

    page.keyboard.press("/")
    page.keyboard.type("InconsistentMigrationHistory")
    page.wait_for_selector(FOUND, state="attached")

    assert len(asked_index(watch)) == 1
    assert "MIG101" in page.locator(f"{FOUND} a").first.get_attribute("href")


def test_a_link_with_a_query_searches_at_once(page, watch):
    page.goto("/?q=DisallowedHost")
    page.wait_for_selector(FOUND, state="attached")

    assert len(asked_index(watch)) == 1


def test_who_does_not_search_does_not_load_what_searches(page, watch):
    page.goto("/faults/MIG101/")
    page.wait_for_load_state("networkidle")
    assert not any("/workers/search" in url for url in watch.asked)

    page.keyboard.press("/")
    page.keyboard.type("InconsistentMigrationHistory")
    page.wait_for_selector(FOUND, state="attached")

    assert sum("/workers/search" in url for url in watch.asked) == 1


def asked_index(watch) -> list[str]:
    return [url for url in watch.asked if Path(url).name.startswith("search_index")]
