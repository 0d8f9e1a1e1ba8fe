"""Pages and records to show: what the tests of the site have in common."""

from __future__ import annotations

from pathlib import Path

from proofbook.pages.page import Page, parse_page
from proofbook.pages.roles import OBLIGATIONS
from proofbook.proof.records import PASSED, Record
from proofbook.site.standing import Ledger

CASES = Path(__file__).parent / "cases" / "shelf"
NOW = "hash-of-today"


def read_case(name: str, path: str) -> Page:
    """Read a page of the cases as if it stood at ``path``."""
    return parse_page(path, (CASES / name).read_text("utf-8"), lambda _path: "print()\n")


def fault_page() -> Page:
    return read_case("MIG900.md", "docs/faults/MIG900.md")


def guide_page() -> Page:
    return read_case("guide.md", "docs/migrations/guide.md")


def record(
    name: str, state: str = PASSED, postgres: str = "18.4", digest: str = NOW, day: str = "2026-11-22", **words
) -> Record:
    versions = {"PostgreSQL": postgres, "Django": "5.2.1"}
    return Record(f"page::{name}", state, 1.0, f"{day}T10:00:00+00:00", "abc1234def", versions, digest, **words)


def proven(*postgres: str, digest: str = NOW) -> Ledger:
    """Give the ledger of a fault page whose every obligation has passed."""
    return Ledger(
        tuple(record(name, postgres=version, digest=digest) for version in postgres for name in OBLIGATIONS), {NOW}
    )
