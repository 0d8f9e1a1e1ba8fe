#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Check what lets one tenant see another: models, managers, unique fields, admin, views, rows, row level security.

Admin classes and views are tried, not read: each is asked by somebody who works for no tenant, and its
query must ask whose rows they are. It goes by the foreign keys there are, so it knows any project.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import Any

from _case import Case
from _check import Check, Skipped, check_all
from _finding import Finding
from _row_security import judge_tables
from _step import CouldNotTell, Failed
from _target import start_project

AT_LEAST = 2
INSIDE = (
    "tenants",
    *(f"tenant_{part}" for part in ("models", "rows", "trying", "admin", "views", "listening", "naming")),
)


class Isolation(Case):
    """What this run has found."""

    tenant: str


# --8<-- [start:find_tenant]
def find_tenant(case: Isolation) -> Iterator[Finding]:
    """Find the tenant's model: the one that is named, or else the one most others point to."""
    settings = start_project(case).ask("settings")
    case.hide(str(settings.get("PASSWORD") or ""))
    case.teach(*(f"_inside_{name}.py" for name in INSIDE))
    named = case.options.tenant
    found = [] if named else case.ask("candidates")
    if not named and (not found or found[0][0] < AT_LEAST or [each[0] for each in found[:2]].count(found[0][0]) > 1):
        told = ", ".join(f"{label} ({count})" for count, label in found[:3]) or "none"
        raise CouldNotTell(f"no model is clearly the tenant's; most pointed to: {told}", "name it: --tenant APP.MODEL")
    case.tenant = named or found[0][1]
    try:
        owned = case.ask("tenants", tenant=case.tenant)
    except Failed as error:
        raise CouldNotTell(error.fact, "name a model there is: --tenant APP.MODEL") from None
    if not owned:
        raise CouldNotTell(f"no model points to {case.tenant}", "name the tenant's model: --tenant APP.MODEL")
    chosen = "named" if named else f"which {found[0][0]} models point to"
    if not named:
        yield Finding(
            f"{case.tenant}, {chosen}, is taken for the tenant", f"--tenant {case.tenant}", severity="warning"
        )


# --8<-- [end:find_tenant]


def findings(question: str) -> Callable[[Isolation], Iterator[Finding]]:
    """Make a check of a question that is answered by findings."""

    def look(case: Isolation) -> Iterator[Finding]:
        yield from (Finding(**each) for each in case.ask(question, tenant=case.tenant))

    return look


def managers(case: Isolation) -> Iterator[Finding]:
    """Find managers that lack what the others have; where most have nothing in common there is nothing to lack."""
    told = case.ask("managers", tenant=case.tenant, method=case.options.method)
    if not told["usual"]:
        raise Skipped("the managers of the tenant's models have no method in common", "name one: --method for_tenant")
    yield from (Finding(**each) for each in told["findings"])


def views(case: Isolation) -> Iterator[Finding]:
    """Try the views that are classes, and name the functions that cannot be tried."""
    for question in ("views", "functions"):
        yield from (Finding(**each) for each in case.ask(question, tenant=case.tenant))


def naming(case: Isolation) -> Iterator[Finding]:
    """Try as two tenants whether a header opens the rows of the other one."""
    told = case.ask("naming", tenant=case.tenant)
    if told["lacks"]:
        raise Skipped(told["lacks"], "a copy with rows of two tenants lets it be tried")
    yield from (Finding(**each) for each in told["findings"])


# --8<-- [start:row_security]
def row_security(case: Isolation) -> Iterator[Finding]:
    """Judge row level security by the catalogue of the database, where it is used at all."""
    tables: list[dict[str, Any]] | None = case.ask("row_security", tenant=case.tenant)
    if tables is None:
        raise Skipped("the database is not PostgreSQL")
    if not tables:
        raise CouldNotTell("none of the tables is in the database", "migrate it first")
    if not any(each["enabled"] for each in tables):
        raise Skipped("no table of a tenant has row level security")
    yield from judge_tables([each for each in tables if not each["exempt"]])


# --8<-- [end:row_security]


# --8<-- [start:steps]
STEPS = [
    Check("tenant", "It is known whose rows are whose", find_tenant),
    Check("exemptions", "Every exemption has a reason", findings("exemptions"), ("tenant",)),
    Check("models", "Every row belongs to a tenant", findings("owned_models"), ("tenant",)),
    Check("managers", "Every manager can limit to a tenant", managers, ("tenant",)),
    Check("unique", "Nothing is unique among all tenants", findings("uniques"), ("tenant",)),
    Check("admin", "The admin lists own rows", findings("admins"), ("tenant",)),
    Check("choices", "The admin offers own rows", findings("choices"), ("tenant",)),
    Check("views", "Views show and take own rows", views, ("tenant",)),
    Check("naming", "No header opens another tenant's rows", naming, ("tenant",)),
    Check("rows", "No row points into another tenant", findings("crossing_rows"), ("tenant",)),
    Check("row_security", "Row level security holds", row_security, ("tenant",)),
]
# --8<-- [end:steps]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tenant", metavar="APP.MODEL", help="the tenant's model (the one most others point to)")
    parser.add_argument("--method", metavar="NAME", default="", help="by which managers limit rows to a tenant")


def main(argv: list[str] | None = None) -> int:
    """Run these checks."""
    return check_all(__file__, __doc__, STEPS, argv, add_options, case_type=Isolation)


if __name__ == "__main__":
    raise SystemExit(main())
