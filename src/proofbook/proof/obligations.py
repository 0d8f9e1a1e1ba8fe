"""Judges the evidence of a fault page: the twelve obligations, each by its name."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from proofbook.errors import CouldNotCheck, SnippetFailure
from proofbook.evaluators.terminal import Result
from proofbook.lab.state import State, differences, lost
from proofbook.pages.expected import matches
from proofbook.pages.roles import OBLIGATIONS
from proofbook.pages.snippets import Snippet
from proofbook.proof.evidence import Evidence
from proofbook.proof.seen import Fixed, WrongRecipe

NOTHING_TO_DO = "nothing to do"


def check(name: str, evidence: Evidence) -> None:
    """Pass when the obligation holds.

    Raises SnippetFailure when it does not, CouldNotCheck when that cannot be told.
    """
    CHECKS[name](evidence)


def verify_passes_healthy(evidence: Evidence) -> None:
    """Verify passes before anything is broken, and changes nothing."""
    healthy = evidence.healthy()
    _must_pass(healthy.verify)
    _must_equal(evidence, healthy.before, healthy.after, "Verify changes something")


def fault_appears(evidence: Evidence) -> None:
    """The Symptom commands print the documented text after injection."""
    results = evidence.broken().symptom
    if not any(snippet.expected for snippet in evidence.page.under("Symptom")):
        raise SnippetFailure(evidence.page.path, "Symptom documents no output", "add an ```output fence")
    _must_pass(results)


def signature_matches(evidence: Evidence) -> None:
    """The signature claims the symptom, or a command shows it that shows it nowhere else; no other fault claims it."""
    page, output = evidence.page, symptom_output(evidence)
    evidence.catalogue.check_group(page)
    evidence.catalogue.check_evidence(page, output)
    evidence.catalogue.check_seen_while(page, output)
    if page.front.get("signature") == "none":
        _must_differ_from_healthy(evidence)
    elif not any(match.fault == page.fault for match in evidence.catalogue.claims(output)):
        raise SnippetFailure(
            f"{page.path}:{page.line_of('signature')}", f"the signature is not in the output:\n{output}"
        )
    for match in evidence.catalogue.strangers(str(page.fault), output):
        hint = "narrow one of the signatures, or name each other in same_text"
        raise SnippetFailure(page.path, f"{match.fault} claims this symptom too: {match.text}", hint)


def symptom_output(evidence: Evidence) -> str:
    """Give all that the Symptom commands printed."""
    results = evidence.broken().symptom
    for result in results:
        result.raise_unmet()
    return "".join(result.completed.output for result in results)


def _must_differ_from_healthy(evidence: Evidence) -> None:
    page = evidence.page
    shown = next((each for each in evidence.healthy_symptom() if each.snippet == page.shown_by), None)
    if shown is None or shown.snippet.expected is None:
        raise SnippetFailure(f"{page.path}:{page.line_of('shown_by')}", "shown_by is no command under Symptom")
    if shown.could_not_check:
        raise CouldNotCheck(str(shown.snippet), f"cannot be run in the healthy state: {shown.problem}")
    if matches(shown.snippet.expected, shown.completed.output):
        fact = "prints the documented text in the healthy state too"
        raise SnippetFailure(str(shown.snippet), fact, "document what only the fault shows")


def verify_fails_broken(evidence: Evidence) -> None:
    """Verify fails while the fault is there: it can tell."""
    _must_fail(evidence.broken().verify, "Verify passes although the fault is there")


def diagnosis_true(evidence: Evidence) -> None:
    """The Diagnose commands print what the page says, Prevent's check reports the fault, the tree leads to the page."""
    broken = evidence.broken()
    _must_pass(broken.diagnose)
    _must_pass(broken.prevent)
    _must_lead_here(evidence)


def _must_lead_here(evidence: Evidence) -> None:
    page = evidence.page
    for question, expected, output in evidence.answers():
        given = question.answer(output)
        if given is None or given.key != expected:
            fact = f"the answer to {question.key!r} is {given.key if given else 'none'!r}, not {expected!r}:\n{output}"
            hint = "mend the page's tree, or the pattern of the answer"
            raise SnippetFailure(f"{page.path}:{page.line_of('tree')}", fact, hint)


def fix_works(evidence: Evidence) -> None:
    """Fix ends well and Verify passes after it, and so with each alternative."""
    fixed = evidence.fixed()
    _must_pass(fixed.fix)
    _must_pass(fixed.verify)
    for other in evidence.fixed_otherwise():
        _must_pass(other.fix)
        with _after(other):
            _must_pass(other.verify)


def nothing_lost(evidence: Evidence) -> None:
    """Every row from before Fix is there after it, and after each alternative."""
    for fixed in (evidence.fixed(), *evidence.fixed_otherwise()):
        _must_pass(fixed.fix)
        _must_keep(evidence, fixed.before, fixed.after, _named(fixed))


def rollback_works(evidence: Evidence) -> None:
    """Roll back returns to the state before Fix."""
    own = [other for other in evidence.fixed_otherwise() if evidence.page.under("Roll back", other.way)]
    for fixed in (evidence.fixed(), *own):
        _must_pass(fixed.fix)
        _must_pass(fixed.roll_back)
        if fixed.back is None:
            raise CouldNotCheck(evidence.page.path, "the state after Roll back was not read")
        fact = f"Roll back does not return to the state before {_named(fixed)}"
        _must_equal(evidence, fixed.before, fixed.back, fact)


def _named(fixed: Fixed) -> str:
    return f"'Otherwise: {fixed.way}'" if fixed.way else "Fix"


@contextlib.contextmanager
def _after(fixed: Fixed) -> Iterator[None]:
    """Say of an error of Verify which way went before it."""
    try:
        yield
    except (SnippetFailure, CouldNotCheck) as error:
        raise type(error)(error.place, f"after {_named(fixed)}: {error.fact}", error.hint) from None


def plan_changes_nothing(evidence: Evidence) -> None:
    """The runbook without --apply says there is something to do and changes nothing."""
    automatic = evidence.automatic()
    _must_equal(evidence, automatic.before, automatic.after_plan, "the plan changes something")
    automatic.plan.raise_problem()


def runbook_fixes(evidence: Evidence) -> None:
    """The runbook with --apply makes Verify pass and loses nothing."""
    automatic = evidence.automatic()
    automatic.apply.raise_problem()
    _must_pass(automatic.verify)
    _must_keep(evidence, automatic.before, automatic.after, "the runbook")


def runbook_twice(evidence: Evidence) -> None:
    """A second run changes nothing and says there is nothing to do."""
    automatic = evidence.automatic()
    automatic.again.raise_problem()
    if NOTHING_TO_DO not in automatic.again.completed.output.lower():
        fact = f"a second run does not say {NOTHING_TO_DO!r}:\n{automatic.again.completed.output}"
        raise SnippetFailure(str(automatic.again.snippet), fact)
    _must_equal(evidence, automatic.after, automatic.after_again, "a second run changes something")


def wrong_recipes_fail(evidence: Evidence) -> None:
    """Each fence under Does not work prints what it says and leaves Verify failing, or loses rows where it says so."""
    for seen in evidence.wrong_recipes():
        seen.recipe.raise_problem()
        if seen.before and seen.after:
            _must_cure(seen)
            _must_lose(evidence, seen.before, seen.after, seen.recipe.snippet)
            continue
        hint = "if it really works it belongs under Fix; else make Verify ask for what the recipe leaves broken"
        _must_fail(seen.verify, f"{seen.recipe.snippet} works: Verify passes after it", hint)


def _must_cure(seen: WrongRecipe) -> None:
    try:
        _must_pass(seen.verify)
    except SnippetFailure as error:
        fact = f"{seen.recipe.snippet} is said to work at a price, and does not work: {error.fact}"
        raise SnippetFailure(error.place, fact, "leave out loses=data") from None


def _must_lose(evidence: Evidence, before: State, after: State, snippet: Snippet) -> None:
    if not any(lost(before, after, evidence.page.front.get("changes") or {})):
        hint = "a recipe that works and loses nothing belongs under Fix"
        raise SnippetFailure(str(snippet), "is said to lose rows, and nothing is lost", hint)


def _must_pass(results: list[Result]) -> None:
    for result in results:
        result.raise_unmet()
        if result.problem and result.snippet.role == "Verify" and result.could_not_check:
            raise CouldNotCheck(f"{result.snippet.path}:{result.line}", f"Verify could not check: {result.problem}")
        result.raise_problem()


def _must_fail(results: list[Result], otherwise: str, hint: str = "make it ask for what the fault breaks") -> None:
    failed = next((result for result in results if result.problem), None)
    if failed is None:
        raise SnippetFailure(str(results[-1].snippet), otherwise, hint)
    failed.raise_unmet()
    if failed.could_not_check:
        raise CouldNotCheck(f"{failed.snippet.path}:{failed.line}", f"Verify could not check: {failed.problem}")


def _must_keep(evidence: Evidence, before: State, after: State, who: str) -> None:
    changes = evidence.page.front.get("changes") or {}
    found = list(lost(before, after, changes))
    if found:
        raise SnippetFailure(evidence.page.path, f"{who} loses something: {_listed(found)}")


def _must_equal(evidence: Evidence, before: State, after: State, otherwise: str) -> None:
    found = list(differences(before, after))
    if found:
        raise SnippetFailure(evidence.page.path, f"{otherwise}: {_listed(found)}")


def _listed(found: list[str], most: int = 8) -> str:
    more = [f"and {len(found) - most} more"] if len(found) > most else []
    return "".join(f"\n  {line}" for line in (*found[:most], *more))


CHECKS: dict[str, Callable[[Evidence], None]] = dict(
    zip(
        OBLIGATIONS,
        (
            verify_passes_healthy,
            fault_appears,
            signature_matches,
            verify_fails_broken,
            diagnosis_true,
            fix_works,
            nothing_lost,
            rollback_works,
            plan_changes_nothing,
            runbook_fixes,
            runbook_twice,
            wrong_recipes_fail,
        ),
        strict=True,
    )
)
