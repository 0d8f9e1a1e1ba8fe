"""Signatures against logs: each claims its own fault's, in every variant, and nobody else's, and no near miss."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.repository import CASES, ROOT

from proofbook.pages.page import parse_page
from proofbook.pages.reading import readable_pages
from proofbook.pages.signatures import Catalogue
from proofbook.settings import read_settings

FOLDER = CASES / "signatures"
OF_A_FAULT = sorted(FOLDER.glob("[A-Z]*[0-9]/*.log"))
NEAR_MISSES = sorted((FOLDER / "near_misses").glob("*.log"))
NEAR_ONE = sorted(FOLDER.glob("[A-Z]*[0-9]/near_misses/*.log"))


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue(page for page in readable_pages(read_settings(ROOT)) if page.fault)


def named(file: Path) -> str:
    return str(file.relative_to(FOLDER))


def wrong_about(catalogue: Catalogue, fault: str, log: str) -> list[str]:
    """Say what is wrong with what the catalogue claims of a log of one fault."""
    if fault not in catalogue.known:
        return [f"{fault} has no page"]
    unseen = [] if fault in claimed(catalogue, log) else [f"{fault} does not claim it"]
    return unseen + [
        f"{match.fault} claims line {match.line}: {match.text}" for match in catalogue.strangers(fault, log)
    ]


def claimed(catalogue: Catalogue, log: str) -> set[str]:
    return {match.fault for match in catalogue.claims(log)}


def untried(catalogue: Catalogue, logs: dict[str, str]) -> list[str]:
    """Give the signatures for which no log of their fault is kept."""
    return [
        f"{page.path}:{page.line_of('signature')}: no log in {fault}/ holds {signature}"
        for fault, page in catalogue.pages.items()
        for signature in page.signatures
        if not list(Catalogue([_with_only(page, signature)]).claims(logs.get(fault, "")))
    ]


def _with_only(page, signature):
    quoted = signature.replace("'", "''")
    return parse_page(page.path, f"---\nfault: {page.fault}\nsignature: '{quoted}'\n---\n")


@pytest.mark.parametrize("file", OF_A_FAULT, ids=named)
def test_a_fault_is_known_in_this_log(file: Path, catalogue: Catalogue) -> None:
    assert wrong_about(catalogue, file.parent.name, file.read_bytes().decode()) == []


@pytest.mark.parametrize("file", NEAR_MISSES, ids=named)
def test_nobody_claims_what_is_no_fault(file: Path, catalogue: Catalogue) -> None:
    assert [f"{each.fault}: {each.text}" for each in catalogue.claims(file.read_text("utf-8"))] == []


@pytest.mark.parametrize("file", NEAR_ONE, ids=named)
def test_a_fault_does_not_claim_what_only_looks_like_it(file: Path, catalogue: Catalogue) -> None:
    fault = file.parts[-3]
    # of the same text in other circumstances only the diagnosis knows
    assert fault in catalogue.seen_while or fault not in claimed(catalogue, file.read_text("utf-8"))


def test_every_signature_is_tried_on_a_log(catalogue: Catalogue) -> None:
    logs: dict[str, str] = {}
    for file in OF_A_FAULT:
        logs[file.parent.name] = logs.get(file.parent.name, "") + file.read_bytes().decode()

    assert untried(catalogue, logs) == []


def test_every_near_miss_belongs_to_a_page(catalogue: Catalogue) -> None:
    assert {file.parts[-3] for file in NEAR_ONE} <= catalogue.known


def test_no_log_names_this_machine() -> None:
    files = [*OF_A_FAULT, *NEAR_MISSES, *NEAR_ONE]

    found = [named(file) for file in files if any(word in file.read_text("utf-8") for word in ("/tmp/", "proofbook"))]

    assert found == []


SIGNED = "---\nfault: {}\nsignature: ['{}', 'never seen']\n---\n"


def test_what_is_wrong_with_a_log_would_be_told() -> None:
    pages = [parse_page(f"docs/{code}.md", SIGNED.format(code, text)) for code, text in (("A1", "dark"), ("B1", "wet"))]
    small = Catalogue(pages)

    assert wrong_about(small, "A1", "web-1  | it is dark\n") == []
    assert wrong_about(small, "A1", "it is light\n") == ["A1 does not claim it"]
    assert wrong_about(small, "A1", "dark and wet\n") == ["B1 claims line 1: dark and wet"]
    assert wrong_about(small, "C1", "") == ["C1 has no page"]
    assert len(untried(small, {"A1": "dark\n", "B1": "dry\n"})) == 3
