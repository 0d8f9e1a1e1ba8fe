"""One page of each kind that the site has."""

from __future__ import annotations

from tests.repository import ROOT

TEMPLATES = {
    "front page": "/",
    "fault": "/faults/MIG101/",
    "fault with a server of its own": "/faults/DBC102/",
    "guide": "/migrations/deploying/",
    "tree": "/migrations/troubleshooting/",
    "runbook": "/runbooks/repair_history/",
    "lesson": "/lessons/security/keep-secrets-out-of-sight/",
    "checklist": "/checklists/author/",
    "table": "/faults/",
    "reference": "/reference/page-format/",
    "404": "/404.html",
}
if (ROOT / "docs/review/index.md").is_file():
    TEMPLATES["review"] = "/review/"
    TEMPLATES["charts"] = "/review/rehearsals/"
SIZES = {"wide": {"width": 1280, "height": 900}, "narrow": {"width": 390, "height": 844}}
SCHEMES = ("light", "dark")
