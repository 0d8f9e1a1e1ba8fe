"""What a program may ask of the pages: diagnoses, pages, lessons, runbooks; it reads files and starts nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import IO, Any

from proofbook.diagnosis.diagnose import diagnose
from proofbook.diagnosis.telling import as_json
from proofbook.errors import ProofbookError
from proofbook.explain import explain
from proofbook.pages.lessons import Lesson
from proofbook.pages.page import Page
from proofbook.pages.signatures import Catalogue
from proofbook.site.edition import Edition
from proofbook.site.markup import seen

MOST_LESSONS = 10
RULE_COUNTS = 3
WORD = re.compile(r"[a-z0-9]{3,}")


@dataclass
class Answers:
    """Answers from one edition of the pages; each part is read when it is first asked for."""

    edition: Edition

    def diagnose(self, log: IO[bytes]) -> dict[str, Any]:
        """Give the faults in a log as ``proofbook diagnose --json`` does."""
        return as_json(diagnose(log, self._catalogue), self._catalogue)

    def explain(self, code: str) -> str:
        """Give a fault's page as text.

        Raises ProofbookError when there is none.
        """
        wanted = code.strip().upper()
        if wanted not in self._faults:
            known = ", ".join(self._faults)
            raise ProofbookError(wanted, "there is no page for this fault", f"known are {known}")
        return explain(self._faults[wanted])

    def search_lessons(self, words: str) -> list[dict[str, Any]]:
        """Give the lessons that speak of these words, those that hold most of them in their rule first."""
        wanted = {word.removesuffix("s") for word in WORD.findall(words.lower())}
        ranked = [(_weight(lesson, wanted), lesson) for lesson in self.edition.lessons]
        best = sorted((each for each in ranked if each[0]), key=lambda each: (-each[0], each[1].name))
        return [_as_json(lesson) for _weight_of, lesson in best[:MOST_LESSONS]]

    def list_runbooks(self) -> list[dict[str, Any]]:
        """Give every runbook: what it is for, its steps, the faults it repairs, and the call that tells its plan."""
        return [
            {
                "name": runbook.name,
                "summary": runbook.summary,
                "plan": f"python runbooks/{runbook.name}.py",
                "steps": [{"title": step.title, "changes_with_apply": step.acts} for step in runbook.steps],
                "faults": [page.fault for page in self.edition.faults if page.runbook_name == runbook.name],
            }
            for runbook in self.edition.runbooks.values()
        ]

    @cached_property
    def _faults(self) -> dict[str, Page]:
        return {str(page.fault): page for page in self.edition.faults}

    @cached_property
    def _catalogue(self) -> Catalogue:
        return Catalogue(self.edition.faults)


def _weight(lesson: Lesson, wanted: set[str]) -> int:
    rule = f"{lesson.name} {lesson.rule} {lesson.family}".lower()
    text = lesson.page.text.lower()
    return sum(RULE_COUNTS * (word in rule) + (word in text) for word in wanted)


def _as_json(lesson: Lesson) -> dict[str, Any]:
    return {
        "name": lesson.name,
        "rule": lesson.rule,
        "why": lesson.why,
        "page": lesson.page.path,
        "seen": seen(lesson),
        "enforced_by": list(lesson.enforcers),
        "by_hand": lesson.by_hand,
    }
