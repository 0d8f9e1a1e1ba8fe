"""The headings of a fault page and the twelve obligations: who proves what, in one table."""

from __future__ import annotations

from dataclasses import dataclass

VALUES = "values"
OBLIGATIONS = (
    "verify-passes-healthy",
    "fault-appears",
    "signature-matches",
    "verify-fails-broken",
    "diagnosis-true",
    "fix-works",
    "nothing-lost",
    "rollback-works",
    "plan-changes-nothing",
    "runbook-fixes",
    "runbook-twice",
    "wrong-recipes-fail",
)
NEVER_WAIVED = ("verify-passes-healthy", "fault-appears", "verify-fails-broken", "fix-works")
RUNBOOK = "runbook"
ABOUT_RUNBOOK = ("plan-changes-nothing", "runbook-fixes", "runbook-twice")
WAIVABLE = (RUNBOOK, *(name for name in OBLIGATIONS if name not in (*NEVER_WAIVED, *ABOUT_RUNBOOK)))


@dataclass(frozen=True, slots=True)
class Role:
    """What a heading makes of the snippets under it: the obligations that show it, and what they show in words.

    The first of them fails when a snippet does not do what the page says. A role without any runs nowhere.
    """

    name: str
    shown_by: tuple[str, ...] = ()
    shows: str = ""
    is_required: bool = True
    may_be_prose: bool = False


ROLES = {
    role.name: role
    for role in (
        Role("Symptom", ("fault-appears",), "while the fault is there"),
        Role("Impact", may_be_prose=True),
        Role("Cause", may_be_prose=True),
        Role("Diagnose", ("diagnosis-true",), "while the fault is there"),
        Role("Does not work", ("wrong-recipes-fail",), "Verify still fails after it", False, may_be_prose=True),
        Role("Fix", ("fix-works",), "Verify fails before it and passes after it"),
        Role("Verify", NEVER_WAIVED, "passes when healthy, fails when broken, passes when fixed"),
        Role("Roll back", ("rollback-works",), "returns to the state before Fix"),
        Role("Prevent", ("diagnosis-true",), "reports the fault before it is fixed", may_be_prose=True),
        Role("Related", is_required=False, may_be_prose=True),
    )
}
TELLING = tuple(name for name, role in ROLES.items() if not role.shown_by)
