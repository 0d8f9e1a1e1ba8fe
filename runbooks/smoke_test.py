#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Ask a running website whether it works: a 200 alone is not health.

It wants the database answered, no migration pending, a page without a redirect loop, a static file
behind that page, a name that is the right one, and no error pages made for developers.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from _check import Check, Skipped, check_all
from _finding import Finding
from _health import DATABASE, DEBUG_PAGE, OK, flat, is_sick, judge_ready, judge_status
from _saying import say_to
from _smoke_pages import Smoke, look_at_page, look_at_static
from _step import CouldNotTell
from _target import open_place
from _web import NoAnswer, open_site

IN_A_ROW = 3


# --8<-- [start:wait_until]
def wait_until(case: Smoke, ask: Callable[[], Finding | None]) -> Iterator[Finding]:
    """Ask until nothing is found, several times in a row, or --wait is over; say what it waits for."""
    good, told = 0, ""
    while good < IN_A_ROW:
        try:
            finding = ask()
        except NoAnswer as error:
            finding = Finding(error.fact, "is it started, and is --url where it listens?")
        good = good + 1 if finding is None else 0
        passed = time.monotonic() - case.began
        if finding and passed > case.options.wait:
            yield finding
            return
        if finding and finding.message != told:
            told = finding.message
            say_to(sys.stderr, case.redact(f"    {passed:.0f} s: {told}"))
        if good < IN_A_ROW:
            time.sleep(0.5 if finding else 0.05)


# --8<-- [end:wait_until]


def look_at_health(case: Smoke) -> Iterator[Finding]:
    """See that the health page answers 200, again and again: one of several workers may be broken."""
    options = case.options
    case.site = open_site(options.url, options.host, forwarded=options.behind_tls, timeout=options.timeout)
    if not options.health:
        raise CouldNotTell("no health page is named", "say which one: --health /health/")

    def ask() -> Finding | None:
        case.health = case.site.get(options.health)
        return judge_status(case.health)

    yield from wait_until(case, ask)


# --8<-- [start:look_at_database]
def look_at_database(case: Smoke) -> Iterator[Finding]:
    """Believe a health page only if it says that the database has answered."""
    if not case.health.status:
        raise CouldNotTell("the health page did not answer")
    said = dict(flat(case.health.said()))
    if sick := [f"{key}: {value}" for key, value in said.items() if is_sick(key, value)]:
        lies = case.health.status == OK
        yield Finding(
            f"the health page answers {case.health.status} and says {', '.join(sick)}",
            "it must answer 503 then" if lies else "the log says why",
            fault="HLT101" if lies else "DBC101",
        )
    elif not any(map(DATABASE.search, said)):
        raise CouldNotTell(
            f"{case.options.health} does not say whether it asked the database",
            'name a page with --health that asks it: {"database": "ok"} with 200, or 503',
        )


# --8<-- [end:look_at_database]


# --8<-- [start:look_at_migrations]
def look_at_migrations(case: Smoke) -> Iterator[Finding | str]:
    """Ask the server's own page, or else the project in its folder, whether a migration is pending."""
    is_here = Path(case.options.project, "manage.py").exists()
    if case.options.ready:
        try:
            yield from wait_until(case, lambda: judge_ready(case.site.get(case.options.ready)))
        except CouldNotTell as error:
            if not is_here:
                raise
            yield f"{error.fact}, so the project here is asked"
        else:
            return
    if not is_here:
        raise CouldNotTell("no readiness page is named, and there is no project here", "name one: --ready, --project")
    open_place(case)
    pending = [node["name"] for node in case.ask("history")["nodes"] if not node["applied"]]
    if pending:
        yield Finding(f"not applied: {', '.join(pending)}", "python manage.py migrate")


# --8<-- [end:look_at_migrations]


# --8<-- [start:look_at_errors]
def look_at_host(case: Smoke) -> Iterator[Finding]:
    """Ask under a made-up name: who answers to that has not said which host it is."""
    answer = case.site.get(case.options.health, host="proofbook.invalid")
    if answer.status == OK:
        yield Finding(
            "it answers to the made-up name proofbook.invalid", "list its names in ALLOWED_HOSTS", severity="warning"
        )


def look_at_debug(case: Smoke) -> Iterator[Finding]:
    """Ask for a page that is not there: only developers may be told more than that."""
    answer = case.site.follow(f"/proofbook-{os.urandom(6).hex()}/")[-1]
    debug = [key for key, value in flat(case.health.said()) if "debug" in key.lower() and value is True]
    if DEBUG_PAGE.search(answer.text) or debug:
        yield Finding("DEBUG is on: its error pages show settings and code", "DEBUG = False", fault="ENV115")
    elif answer.status == OK:
        raise Skipped("every address answers 200, so there is no error page to see")


# --8<-- [end:look_at_errors]


# --8<-- [start:steps]
STEPS = [
    Check("health", "The health page answers 200", look_at_health),
    Check("database", "The database has answered", look_at_database, needs=("health",), fault="HLT101"),
    Check("migrations", "No migration is pending", look_at_migrations, needs=("health",), fault="MIG107"),
    Check("page", "A page opens, without a redirect loop", look_at_page, needs=("health",)),
    Check("static", "Its static files are served", look_at_static, needs=("page",)),
    Check("host", "It knows its name", look_at_host, needs=("health",), fault="ENV110"),
    Check("debug", "Errors tell strangers nothing", look_at_debug, needs=("health",)),
]
# --8<-- [end:steps]


def add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--url", required=True, help="where the server listens: https://www.example.com, http://127.0.0.1:8001")
    add_page_options(parser)


def add_page_options(parser: argparse.ArgumentParser) -> None:
    """Offer what tells one website from another; a deployment takes the same."""
    add = parser.add_argument
    add("--host", metavar="NAME", default="", help="the name people know it by, where --url is an inner address")
    add("--behind-tls", action="store_true", help="ask as a proxy does that ends TLS: X-Forwarded-Proto: https")
    add("--health", metavar="PATH", default="/api/v1/health/", help="the health page (/api/v1/health/)")
    add("--ready", metavar="PATH", help="a page that tells pending migrations; else the project is asked")
    add("--page", metavar="PATH", default="/admin/login/", help="a page with style sheets (/admin/login/)")
    add("--static", metavar="PATH", help="a static file or the manifest, where the page links to none")
    add("--wait", metavar="SECONDS", type=float, default=30, help="how long it may take to become healthy (30)")
    add("--timeout", metavar="SECONDS", type=float, default=10, help="how long one answer may take (10)")


def main(argv: list[str] | None = None) -> int:
    """Run this check."""
    return check_all(__file__, __doc__, STEPS, argv, add_options, case_type=Smoke)


if __name__ == "__main__":
    raise SystemExit(main())
