"""What a language model is given instead of the site: ``llms.txt``, and each page as Markdown beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from proofbook.pages.page import Page
from proofbook.site.publish import titled

NAME, WHOLE = "llms.txt", "llms-full.txt"
DOCS = "docs/"
SECTIONS = {
    "faults": "Faults",
    "migrations": "Migrations",
    "deployment": "Deployment",
    "runbooks": "Runbooks",
    "lessons": "Lessons",
}
OPTIONAL = "Optional"


def llms_text(name: str, summary: str, pages: Iterable[Page]) -> str:
    """Give the index of all pages, section by section, each with what it is about."""
    sections: dict[str, list[str]] = {title: [] for title in (*SECTIONS.values(), OPTIONAL)}
    for page in sorted(pages, key=lambda page: page.path):
        path = page.path.removeprefix(DOCS)
        about = f": {page.front['description']}" if page.front.get("description") else ""
        sections[SECTIONS.get(path.partition("/")[0], OPTIONAL)].append(f"- [{titled(page)}]({path}){about}")
    head = (
        f"# {name}\n\n> {summary}\n\n"
        "Each page of the site is here as Markdown: `faults/MIG101/` is `faults/MIG101.md`. "
        f"[{WHOLE}]({WHOLE}) holds them all."
    )
    return (
        "\n\n".join((head, *(f"## {title}\n\n" + "\n".join(rows) for title, rows in sections.items() if rows))) + "\n"
    )


def llms_whole(name: str, summary: str, texts: Mapping[str, str]) -> str:
    """Give all pages in one text, each below its path, from which its links lead on."""
    pages = (f"<!-- {path} -->\n\n{text.strip()}" for path, text in sorted(texts.items()))
    return "\n\n".join((f"# {name}\n\n> {summary}", *pages)) + "\n"


def publish_texts(texts: Mapping[str, str], folder: Path) -> None:
    """Write each text under its path below the site's root."""
    for path, text in texts.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
