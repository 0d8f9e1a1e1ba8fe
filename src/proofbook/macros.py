"""The adapter to MkDocs: all that is known here of it, and nothing else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from proofbook.edition import Edition, expand, read_edition
from proofbook.publish import titled

TABLES = ("fault_table", "signature_table", "runbook_table", "lesson_table")


def define_env(env: Any) -> None:
    """Begin an edition with each build, and offer its tables to pages that ask for macros."""
    edition = env.edition = read_edition(Path(env.project_dir))
    env.conf["nav"] = expand(env.conf["nav"], [path.removeprefix("docs/") for path in edition.pages])
    for name in TABLES:
        env.macro(lambda name=name: getattr(edition, name)(_path(env)), name)
    env.macro(edition.obligation_table, "obligation_table")


def on_pre_page_macros(env: Any) -> None:
    """Show a page with its standing, badges and links."""
    edition: Edition = env.edition
    page = edition.pages[_path(env)]
    env.markdown = edition.decorated(page.path, "../" * env.page.url.count("/"))
    if page.fault:
        env.page.title = titled(page)
        env.page.meta.setdefault("description", f"{titled(page)}: symptom, diagnosis, fix and the proof that it works.")


def on_post_build(env: Any) -> None:
    """Publish the records, and the runbooks' own files."""
    site, edition = Path(env.conf["site_dir"]), env.edition
    (site / "proofs.json").write_text(json.dumps(edition.proofs(), indent=1), "utf-8")
    for file in edition.sources():
        (site / "runbooks").mkdir(exist_ok=True)
        shutil.copyfile(file, site / "runbooks" / file.name)


def _path(env: Any) -> str:
    return f"docs/{env.page.file.src_uri}"
