"""The page about the review says of each number how far it holds, and of each recommendation what became of it."""

from __future__ import annotations

import re

import pytest
from tests.repository import ROOT

PAGE = (ROOT / "docs" / "review" / "index.md").read_text("utf-8")
MARKS = {"measured", "estimated", "disproved"}
BECAME = {"built", "planned", "refused"}


def rows(heading: str) -> list[list[str]]:
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


@pytest.mark.parametrize("row", rows("Its numbers"), ids=lambda row: row[0][:40])
def test_each_number_has_one_mark_and_its_evidence(row):
    assert (len(row), row[1] in MARKS, bool(row[2])) == (3, True, True)


RUNBOOKS = {
    "a dashboard of deployment health": "smoke_test",
    "a checker that variables are in sync": "sync_environments",
    "a picture of the migration graph": "migration_graph",
    "a lock for deployments": "deploy_lock",
    "suggestions of what to squash": "suggest_squash",
    "a way back in one command": "roll_back_release",
    "automatic rotation of secrets": "rotate_secret",
}


def test_all_twelve_recommendations_are_there_and_the_eight_that_must_be_are_built():
    table = {name: (became, where) for name, became, where in rows("Its twelve further recommendations")}

    assert len(table) == 12
    assert {became for became, _ in table.values()} <= BECAME
    assert table["a base class `TenantAwareViewSet`"][0] == "built"
    for name, runbook in RUNBOOKS.items():
        became, where = table[name]
        assert (name, became) == (name, "built")
        assert f"[{runbook}](../runbooks/{runbook}.md)" in where


@pytest.mark.parametrize("row", rows("Its twelve further recommendations"), ids=lambda row: row[0][:40])
def test_what_is_built_can_be_looked_at_and_what_is_refused_has_a_reason(row):
    links = re.findall(r"\]\(([^)#]+)", row[2])

    assert row[1] != "built" or links
    assert all((ROOT / "docs" / "review" / link).is_file() for link in links)
    assert row[1] == "built" or len(row[2].split()) > 5
