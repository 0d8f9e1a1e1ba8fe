"""Decides what is to be proven: the pages, their tests, and whether a record still holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from proofbook.errors import PageError
from proofbook.pages.page import Page
from proofbook.pages.reading import checked_page
from proofbook.pages.roles import OBLIGATIONS
from proofbook.pages.signatures import Catalogue
from proofbook.pages.snippets import Snippet
from proofbook.proof.fingerprint import fingerprint, lab_versions
from proofbook.proof.records import SETTLED, Record, Records
from proofbook.settings import Settings


def obligations_of(page: Page) -> list[str]:
    """Give the obligations a fault page has; without a wrong recipe the last one would say nothing."""
    return [name for name in OBLIGATIONS if name != "wrong-recipes-fail" or page.under("Does not work")]


def snippets_of(page: Page) -> list[Snippet]:
    """Give the snippets of a guide page that run, in order."""
    return [snippet for snippet in page.snippets if snippet.runs]


def names_of(page: Page) -> list[str]:
    """Give the names of a page's tests."""
    return obligations_of(page) if page.fault else [snippet.name for snippet in snippets_of(page)]


def is_current(page: Page, settings: Settings, records: Iterable[Record], version_set: Mapping[str, str]) -> bool:
    """Tell whether every test of the page has a settled record that still holds."""
    wanted = fingerprint(page, settings, version_set)
    settled = {record.name for record in records if record.hash == wanted and record.state in SETTLED}
    return set(names_of(page)) <= settled


def pages_to_prove(settings: Settings, files: Iterable[Path], major: str, *, fresh: bool) -> list[Path]:
    """Give the page files that a run must prove; a page that cannot be read is one of them."""
    records, chosen = Records(settings.kept / "records"), []
    version_set = lab_versions(settings, major)
    for file in files:
        try:
            page = checked_page(file, settings)
        except PageError:
            chosen.append(file)
            continue
        if names_of(page) and (fresh or not is_current(page, settings, records.of_page(page.path), version_set)):
            chosen.append(file)
    return chosen


def check_outputs(settings: Settings, catalogue: Catalogue) -> Iterator[str]:
    """Match every signature against every kept Symptom output, and say what does not fit; and which groups do not."""
    for page in catalogue.pages.values():
        yield from _errors(catalogue.check_group, page)
    for file in sorted((settings.kept / "outputs").glob("*.log")):
        fault, text = file.name.partition(".")[0], file.read_text("utf-8")
        if fault not in catalogue.known:
            continue
        for match in catalogue.strangers(fault, text):
            yield f"{match.fault} claims the symptom of {fault}, line {match.line}: {match.text}"
        yield from _errors(catalogue.check_evidence, catalogue.pages[fault], text)
        yield from _errors(catalogue.check_seen_while, catalogue.pages[fault], text)


def _errors(check: Callable[..., None], *words: Any) -> Iterator[str]:
    try:
        check(*words)
    except PageError as error:
        yield str(error)
