"""The adapter to MkDocs: all that is known here of it, and nothing else."""

from __future__ import annotations

import functools
import html
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError

from proofbook.diagnosis import browser
from proofbook.errors import ProofbookError
from proofbook.pages.signatures import Catalogue
from proofbook.review.showing import rehearsed_page
from proofbook.site import markup
from proofbook.site.archive import checksum, publish_archive
from proofbook.site.edition import Edition, expand, read_edition
from proofbook.site.llms import publish_texts
from proofbook.site.offline import publish_offline
from proofbook.site.policy import with_policy
from proofbook.site.publish import titled

FAULTS_FIRST = 2
TABLES = ("fault_table", "signature_table", "runbook_table", "lesson_table")


def told(hook: Callable[[Any], None]) -> Callable[[Any], None]:
    """End the build with the text of an error of ours, without a traceback."""

    @functools.wraps(hook)
    def telling(env: Any) -> None:
        try:
            hook(env)
        except ProofbookError as error:
            raise PluginError(str(error)) from None

    return telling


@told
def define_env(env: Any) -> None:
    """Begin an edition with each build, and offer its tables to pages that ask for macros."""
    edition = env.edition = read_edition(Path(env.project_dir))
    env.conf["nav"] = expand(env.conf["nav"], [path.removeprefix("docs/") for path in edition.pages])
    for name in TABLES:
        env.macro(functools.partial(_table, env, name), name)
    env.macro(edition.obligation_table, "obligation_table")
    env.macro(lambda: f"`{checksum(edition.archive)}`", "archive_checksum")
    env.macro(lambda name: edition.decision_tree(_path(env), name), "decision_tree")
    env.macro(lambda name: edition.checklist(_path(env), name), "checklist")
    env.macro(rehearsed_page(edition.pages, edition.settings), "rehearsals")


@told
def on_pre_page_macros(env: Any) -> None:
    """Show a page with its standing, badges and links."""
    edition: Edition = env.edition
    page = edition.pages[_path(env)]
    env.markdown = edition.decorated(page.path, "../" * env.page.url.count("/"))
    if page.fault:
        env.page.title = titled(page)
        # who searches for an error's text looks for its page, and the theme prefers long ones
        env.page.meta["search"] = {"boost": FAULTS_FIRST}
    if "description" in env.page.meta:
        # the theme writes it into an attribute as it is
        env.page.meta["description"] = html.escape(env.page.meta["description"])


@told
def on_post_page_macros(env: Any) -> None:
    """Keep what the macros of a page gave, for the page as plain Markdown."""
    if env.page.meta.get("render_macros"):
        env.edition.rendered[_path(env)] = env.markdown


@told
def on_post_build(env: Any) -> None:
    """Publish records, runbooks, pages as Markdown, what the front page's box knows, and all of it as a folder."""
    site, edition = Path(env.conf["site_dir"]), env.edition
    (site / "proofs.json").write_text(json.dumps(edition.proofs(), indent=1) + "\n", "utf-8")
    (site / "runbooks").mkdir(exist_ok=True)
    for file in edition.sources():
        shutil.copyfile(file, site / "runbooks" / file.name)
    publish_archive(edition.archive, site / "runbooks")
    publish_texts(edition.llms(env.conf["site_name"], env.conf["site_description"]), site)
    front = site / "index.html"
    front.write_text(with_policy(front.read_text("utf-8")), "utf-8")
    (site / browser.PATH).parent.mkdir(parents=True, exist_ok=True)
    (site / browser.PATH).write_text(browser.known_to_browser(Catalogue(edition.faults)), "utf-8")
    for script in site.glob("javascripts/**/*.js"):
        script.write_text(markup.lean(script.read_text("utf-8")), "utf-8")
    for sheet in site.glob("stylesheets/*.css"):
        sheet.write_text(markup.lean(markup.COMMENT.sub("", sheet.read_text("utf-8"))), "utf-8")
    publish_offline(site)


def _table(env: Any, name: str) -> str:
    edition: Edition = env.edition
    table: Callable[[str], str] = getattr(edition, name)
    return table(_path(env))


def _path(env: Any) -> str:
    return f"docs/{env.page.file.src_uri}"
