"""What the smoke test looks at as a browser does: a page, where its redirects lead, and the files it asks for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from _case import Case
from _finding import Finding
from _health import DEBUG_PAGE, OK, judge_file, linked
from _step import CouldNotTell
from _web import HOPS, Answer, NoAnswer, Site

BROKEN = 500
BEHIND_TLS = "behind a proxy that ends TLS add --behind-tls, and the project needs SECURE_PROXY_SSL_HEADER"


class Smoke(Case):
    """What this run has found."""

    site: Site
    health = page = Answer("", 0, {}, b"")

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.began = time.monotonic()


# --8<-- [start:look_at_page]
def look_at_page(case: Smoke) -> Iterator[Finding]:
    """Follow a page as a browser does, and see where that ends."""
    try:
        chain = case.site.follow(case.options.page)
    except NoAnswer as error:
        yield Finding(error.fact, BEHIND_TLS)
        return
    case.page = last = chain[-1]
    if last.moved_to and not case.site.holds(last.moved_to):
        yield Finding(f"{last}, which is another site", "if that is its name, say so with --host; else mend the host")
    elif last.moved_to:
        way = " -> ".join([*(each.url for each in chain), last.moved_to])
        fact = "a redirect loop" if len(chain) <= HOPS else f"more than {HOPS} redirects"
        yield Finding(f"{fact}: {way}", BEHIND_TLS)
    elif last.status != OK:
        yield Finding(f"the server answers {last}", why_not(last))
    elif DEBUG_PAGE.search(last.text):
        yield Finding(f"{urlsplit(last.url).path} shows an error page with status 200", "the log says why")


def why_not(page: Answer) -> str:
    hint = "the log says why; another page can be named with --page"
    return f"{hint}; where it tells a missing manifest entry, that is STA102" if page.status >= BROKEN else hint


# --8<-- [end:look_at_page]


# --8<-- [start:look_at_static]
def look_at_static(case: Smoke) -> Iterator[Finding]:
    """Fetch the static files the page asks for by the names it calls them, or what the manifest names."""
    if not case.page.status:
        raise CouldNotTell("the page did not open")
    found = [case.site.address_of(case.options.static)] if case.options.static else linked(case.page)[:3]
    if not found:
        raise CouldNotTell(
            f"{urlsplit(case.page.url).path} links to no static file", "name one with --static, or a page with --page"
        )
    if urlsplit(found[0]).path.endswith(".json"):
        found = hashed(case, found[0])
    for url in found:
        if problem := judge_file(case.site.get(url)):
            yield Finding(f"{urlsplit(url).path} {problem}", "run collectstatic where the server looks", fault="STA101")


def hashed(case: Smoke, manifest: str) -> list[str]:
    """Give a file by the name a manifest has for it."""
    answer = case.site.get(manifest)
    paths = (answer.said() or {}).get("paths") if answer.status == OK else None
    if not paths:
        raise CouldNotTell(f"{answer}, and no manifest of static files", "name a file of the site with --static")
    named = [new for old, new in paths.items() if old != new and Path(old).suffix == ".css"] or list(paths.values())
    return [urljoin(manifest, named[0])]


# --8<-- [end:look_at_static]
