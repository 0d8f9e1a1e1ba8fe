"""Where pages and runbooks lie, as seen from a repository: here, written along with it, or on a site."""

from __future__ import annotations

import re
from dataclasses import dataclass
from posixpath import dirname, relpath

HERE = "here"
ALONG = "docs/proofbook"
ARCHIVE = f"{ALONG}/runbooks.pyz"
RUNBOOK = re.compile(r"python runbooks/(?P<name>[a-z]\w*)\.py\b")
WRITTEN_ALONG = ("docs/faults/", "docs/lessons/")


@dataclass(frozen=True, slots=True)
class Shelf:
    """How a repository reaches our pages; ``where`` is ``here``, a folder in it, or a site's address.

    ``project`` is the folder of its ``manage.py``, nothing when that lies on top.
    """

    where: str = HERE
    has_runbooks: bool = False
    project: str = ""

    @property
    def is_here(self) -> bool:
        """Tell whether the repository is ours."""
        return self.where == HERE

    @property
    def is_site(self) -> bool:
        """Tell whether the pages are on a site."""
        return "://" in self.where

    def place(self, page: str) -> str | None:
        """Give the path or address of one of our pages, None when the repository does not have it."""
        if self.is_here:
            return page
        if self.is_site:
            return f"{self.where.rstrip('/')}/{page.removeprefix('docs/')}"
        if page.startswith(WRITTEN_ALONG) and not page.endswith("/index.md"):
            return f"{self.where}/{page.removeprefix('docs/')}"
        return None

    def link(self, file: str, text: str, page: str) -> str:
        """Give a Markdown link from a file to a page, or the text alone where it cannot be reached."""
        place = self.place(page)
        if place is None:
            return text
        return f"[{text}]({place if self.is_site else relpath(place, dirname(file) or '.')})"

    def calls(self, text: str) -> str:
        """Give a text with each call of a runbook as it is called in the repository."""
        if self.is_here:
            return text
        program = r"runbooks/\g<name>.py" if self.has_runbooks else rf"{ARCHIVE} \g<name>"
        folder = f" --project {self.project}" if self.project else ""
        return RUNBOOK.sub(f"python {program}{folder}", text)

    def as_proven(self, text: str) -> str:
        """Give a text with each call of a runbook as it is proven here."""
        if self.is_here:
            return text
        folder = f" --project {self.project}" if self.project else ""
        name = r"(?P<name>[a-z]\w*)"
        program = rf"runbooks/{name}\.py" if self.has_runbooks else rf"{re.escape(ARCHIVE)} {name}"
        return re.sub(rf"python {program}{re.escape(folder)}\b", r"python runbooks/\g<name>.py", text)
