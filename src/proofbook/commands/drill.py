"""``proofbook drill``: a shell in a broken sandbox, and what is asked from within it."""

from __future__ import annotations

import contextlib
import os
import random
import sys

import click

from proofbook.commands._opening import fault_page, fault_pages, opened, run_shell
from proofbook.commands._shared import FINDING, HOLDS, settings_here, shown_errors, tell
from proofbook.drills import drills_file
from proofbook.errors import CouldNotCheck, ProofbookError
from proofbook.evaluators.terminal import check_needs
from proofbook.explain import hints, seen
from proofbook.lab.desk import ADDRESS, desk
from proofbook.lab.inside import calling
from proofbook.lab.preparing import prepared_lab
from proofbook.pages.page import Page
from proofbook.pages.reading import checked_page
from proofbook.pages.wording import IMPACT
from proofbook.proof.drill import Training, in_words
from proofbook.settings import Settings

OPENING = """\
It {impact}. This is what was seen:

{seen}

Repair it; the rows that are there must stay.

    proofbook check     is it repaired, and how long did it take
    proofbook hint      the next step, if you are stuck
    proofbook diagnose  names the faults in the log you pipe into it
    exit                leave; all of it is removed
"""


@click.command()
@click.argument("code", required=False)
@click.option("--random", "by_lot", is_flag=True, help="Draw the fault by lot and do not tell it: the same as no CODE.")
@click.option("--seed", help="Draw the same fault again.")
@click.option("--postgres", type=click.Choice(["16", "18"]), help="PostgreSQL major version (default: 18).")
@shown_errors
def drill(code: str | None, by_lot: bool, seed: str | None, postgres: str | None) -> int:
    """Open a shell in a sandbox with the fault CODE in it, for practice; without CODE you are not told which.

    In the shell, `proofbook check` says whether it is repaired, `proofbook hint` gives the next step. Leaving
    removes everything but a line in .proofbook/drills.jsonl: the fault, the seconds, the hints.

    Exit status: 0 repaired, 1 left as it was.
    """
    settings = settings_here()
    if code and by_lot:
        raise ProofbookError(f"{code} --random", "is both a fault and a lot", "leave one of them out")
    page = fault_page(settings, code, code) if code else _drawn(settings, seed)
    # one that is only begun could be opened, and nothing shown of it
    checked_page(settings.root / page.path, settings)
    major = postgres or settings.postgres
    with prepared_lab(settings, major, tell, cold=True, what="proofbook drill") as prepared:
        tell("breaking it ...")
        with opened(prepared, page) as sandbox:
            training = Training(page, settings, sandbox, hints(page), was_drawn=not code)
            with contextlib.ExitStack() as stack:
                stack.callback(training.leave)
                stack.enter_context(desk(sandbox, settings, training.answer))
                tell(OPENING.format(impact=IMPACT.get(str(page.front.get("impact")), "is broken"), seen=seen(page)))
                run_shell(sandbox, None, "drill$ ")
    tell(_told(training, page, settings))
    return HOLDS if training.is_fixed else FINDING


def _drawn(settings: Settings, seed: str | None) -> Page:
    """Draw a page whose fault this machine can show."""
    shown = [page for page in fault_pages(settings).values() if _can_be_shown(page)]
    if not shown:
        raise ProofbookError(str(settings.root), "there is no fault to draw here", "go into a checkout")
    lot = random.Random(seed) if seed else random.SystemRandom()  # noqa: S311
    return lot.choice(sorted(shown, key=lambda page: str(page.fault)))


def _can_be_shown(page: Page) -> bool:
    if page.has_own_server and os.environ.get("PROOFBOOK_DATABASE_URL"):
        return False
    try:
        for snippet in page.under("Verify"):
            check_needs(snippet)
    except CouldNotCheck:
        return False
    return True


def _told(training: Training, page: Page, settings: Settings) -> str:
    name = f"{page.fault} {page.title}, {page.path}"
    kept = drills_file(settings).relative_to(settings.root)
    if training.seconds is None:
        return f"left unrepaired: {name}; noted in {kept}"
    return f"repaired in {in_words(training.seconds)}: {name}; noted in {kept}"


@click.command()
@shown_errors
def check() -> int:
    """Say whether the fault of this drill is repaired, and how long that took.

    Exit status: 0 repaired, 1 not yet, 2 it could not be checked.
    """
    return _ask("check")


@click.command()
@shown_errors
def hint() -> int:
    """Give the next step towards the repair: one more each time."""
    return _ask("hint")


def _ask(word: str) -> int:
    if ADDRESS not in os.environ:
        fact = "is for the shell of a drill, and this is none"
        raise ProofbookError(f"proofbook {word}", fact, "begin one: proofbook drill MIG101, or proofbook drill")
    sys.stdout.flush()
    return calling.main([word])
