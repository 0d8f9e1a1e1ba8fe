"""Every step of every workflow that has a script, and how it is run here: where, and what is broken to turn it red."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.checkouts import Checkout
from tests.repository import CASES
from tests.workflows import Told, run_step

LESSONS = CASES / "lessons"
Broken = Mapping[str, str]
"""What a fault changes beside files: in the environment, or, with a dot in its name, of what GitHub knows."""
Fault = Callable[[Checkout], Broken | None]


@dataclass(frozen=True)
class Case:
    """How a step is run: in which checkout, with what GitHub would know, and each fault with what the red step says."""

    checkout: str
    faults: Mapping[Fault, str]
    contexts: Mapping[str, str] = field(default_factory=dict)
    leaves: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    not_real: str = ""


NOTHING: Broken = {}


def end_of(place: str, checkout: Checkout, broken: Broken = NOTHING) -> Told:
    """Run a step where its case says, and give how it ended; without a program that it needs it is skipped."""
    case = CASES_OF_STEPS[place]
    lacking = [program for program in case.needs if not shutil.which(program)]
    if lacking:
        pytest.skip(f"{place}: not on this machine: {', '.join(lacking)}")
    Path(checkout.environment["GITHUB_STEP_SUMMARY"]).unlink(missing_ok=True)
    return run_step(
        place,
        cwd=checkout.root,
        environment=checkout.environment | {name: value for name, value in broken.items() if "." not in name},
        contexts={"github.workspace": str(checkout.root), **case.contexts, **broken},
    )


def is_green(place: str, checkout: Checkout) -> None:
    """Run a step as it is, and hold what it leaves to what its case says."""
    case = CASES_OF_STEPS[place]
    remove(checkout, case.leaves)

    told = end_of(place, checkout)

    assert (told.status, list(told.steps.values())) == (0, ["passed"]), told.output
    assert [path for path in case.leaves if not (checkout.root / path).exists()] == []


def is_red(place: str, fault: Fault, checkout: Checkout) -> None:
    """Run a step with a fault, and hold what it says to what its case says; the checkout is mended again."""
    with checkout.as_it_is_now():
        told = end_of(place, checkout, fault(checkout) or NOTHING)

    assert (told.status, list(told.steps.values())) == (1, ["failed"]), told.output
    assert CASES_OF_STEPS[place].faults[fault] in told.output, told.output


def remove(checkout: Checkout, paths: tuple[str, ...]) -> None:
    for path in paths:
        place = checkout.root / path.partition("/")[0]
        if place.is_dir() and not path.startswith("."):
            shutil.rmtree(place)
        (checkout.root / path).unlink(missing_ok=True)


# Faults


def knows_no_package(checkout: Checkout) -> Broken:
    file = checkout.root.parent / "apt.conf"
    file.write_text('Dir::State "/nonexistent";\nDir::State::status "/dev/null";\n')
    return {"APT_CONFIG": str(file)}


def forgets_the_migration(checkout: Checkout) -> None:
    checkout.apply(LESSONS / "commit-the-migration/lab.diff", "lab")


def changes_the_schema_by_hand(checkout: Checkout) -> None:
    """Let the lab's database get a column that no migration makes, as soon as it has rows."""
    statement = (LESSONS / "change-the-schema-by-migrations/lab.sql").read_text("utf-8").strip()
    seed = "lab/depot/management/commands/seed.py"
    checkout.edit(seed, "import transaction\n", "import connection, transaction\n")
    checkout.edit(seed, "add_tenants()\n", f"add_tenants()\n        connection.cursor().execute({statement!r})\n")


def edits_what_others_have(checkout: Checkout) -> Broken:
    """Push two commits, of which only the first is bad: what was there before the push is compared with."""
    before = checkout.git("rev-parse", "HEAD")
    checkout.apply(LESSONS / "leave-applied-migrations-alone/lab.diff", "lab")
    checkout.commit("edit a migration")
    checkout.commit("and something else")
    return {"github.event.before": before}


def offers_the_choices_of_others(checkout: Checkout) -> None:
    checkout.apply(LESSONS / "offer-own-choices/lab.diff", "lab")


def lacks_a_variable_in_uat(checkout: Checkout) -> None:
    checkout.edit("lab/uat.env", "CSRF_TRUSTED_ORIGINS=https://app.uat.example.com\n", "")


def trusts_another_front_end_in_production(checkout: Checkout) -> None:
    checkout.apply(LESSONS / "trust-each-front-end/lab.diff", "lab")


def tells_what_is_not_so(checkout: Checkout) -> None:
    checkout.edit("docs/guide.md", "still here", "gone since")


def links_to_nothing(checkout: Checkout) -> None:
    checkout.edit("docs/guide.md", "# A guide\n", "# A guide\n\n[gone](gone.md)\n")


def uses_an_action_by_a_name_that_moves(checkout: Checkout) -> None:
    checkout.write(".github/workflows/case.yml", (CASES / "workflows/zizmor.yml").read_text("utf-8"))


def has_another_hash(checkout: Checkout) -> None:
    name, _, lines = checkout.read("requirements/checks.txt").partition("\n")
    checkout.write("requirements/checks.txt", f"{name}\n    --hash=sha256:{'0' * 64}\n")
    assert lines


# Steps

NO_ROOT = (
    "needs root, and would change this machine: a `sudo` of our own hands the words to the real apt-get, which only "
    "simulates what it is told to install, and only names what it would update from"
)
ONE_VARIANT = (
    "LAB is psycopg2, and its environment holds the usual packages: what is installed is tried by setup's step"
)
SMALL = "in a repository of two pages, two tests and two modules: all of it takes most of an hour"
NEEDED = ("git", "curl", "chromium", "npm")  # what .ci/run would install
SUMMARY = "../summary.md"
REPORTS = ("tests", "slow-tests", "proofs-18", "proofs-16")
EVENTS = {"github.event.pull_request.base.sha": "", "github.event.before": ""}

CASES_OF_STEPS: Mapping[str, Case] = {
    "doc-test.yml: doc-test: Programs that pages need": Case(
        "machine", {knows_no_package: "Unable to locate package curl"}, needs=("apt-get",), not_real=NO_ROOT
    ),
    "doc-test.yml: doc-test: Models and migrations of the lab agree": Case(
        "lab", {forgets_the_migration: "Alter field name on product"}
    ),
    "doc-test.yml: doc-test: Migrations of the lab hold, on an empty database too": Case(
        "lab", {changes_the_schema_by_hand: "lesson: change-the-schema-by-migrations"}
    ),
    "doc-test.yml: doc-test: Migrations that others have are as they were": Case(
        "lab", {edits_what_others_have: "lesson: leave-applied-migrations-alone"}, contexts=EVENTS
    ),
    "doc-test.yml: doc-test: Tenants of the lab are kept apart": Case(
        "lab", {offers_the_choices_of_others: "lesson: offer-own-choices"}
    ),
    "doc-test.yml: doc-test: Environments of the lab are whole": Case(
        "lab",
        {
            lacks_a_variable_in_uat: "CSRF_TRUSTED_ORIGINS is missing",
            trusts_another_front_end_in_production: "lesson: trust-each-front-end",
        },
    ),
    "doc-test.yml: doc-test: Linters, types, layers, site, tests and proofs": Case(
        "small",
        {tells_what_is_not_so: "does not hold: .venv/bin/proofbook prove --fresh --postgres 18"},
        leaves=(SUMMARY, *(f".proofbook/reports/{name}.xml" for name in REPORTS)),
        needs=NEEDED,
        not_real=SMALL,
    ),
    "doc-test.yml: doc-test: Build the site as proven": Case(
        "small", {links_to_nothing: "gone.md"}, leaves=("site/index.html",), not_real=SMALL
    ),
    "nightly.yml: proofs: Prove": Case(
        "small", {tells_what_is_not_so: "::error file=docs/guide.md,line="},
        contexts={"matrix.postgres": "16"}, leaves=(SUMMARY, "proofs.xml"), not_real=SMALL,
    ),
    "nightly.yml: variants: Prove, but for what is known not to hold there": Case(
        "small", {tells_what_is_not_so: "does not hold with psycopg2"},
        contexts={"matrix.lab": "psycopg2", "matrix.postgres": "18"}, leaves=("proofs.xml",),
        not_real=f"{SMALL}; {ONE_VARIANT}",
    ),
    "nightly.yml: everything: All of it": Case(
        "small", {uses_an_action_by_a_name_that_moves: "unpinned-uses"}, leaves=(SUMMARY,), needs=NEEDED, not_real=SMALL
    ),
    "pages.yml: build: Prove": Case(
        "small", {tells_what_is_not_so: "::error file=docs/guide.md,line="}, leaves=(SUMMARY,), not_real=SMALL
    ),
    "pages.yml: build: Build": Case(
        "small", {links_to_nothing: "gone.md"}, leaves=("site/index.html",), not_real=SMALL
    ),
    "copilot-setup-steps.yml: copilot-setup-steps: What the project needs": Case(
        "bare", {has_another_hash: "cfgv"}, leaves=(".venv/bin/proofbook", ".venv-lab/bin/python"),
        not_real="nine packages of the hundred that are held, which is enough to build and install ours",
    ),
}  # fmt: skip

# Run by other tests: the one that sees the step green, and the one that sees it red

DEPLOYMENT, ACTION = "tests/test_deploy_workflow.py", "tests/test_action.py"
CHECKED = (
    f"{DEPLOYMENT}::test_a_change_that_holds_is_checked",
    f"{DEPLOYMENT}::test_what_does_not_hold_turns_its_step_red",
)
DEPLOYED = (
    f"{DEPLOYMENT}::test_a_release_is_deployed_and_recorded",
    f"{DEPLOYMENT}::test_what_would_not_work_turns_its_step_red_and_leaves_the_server_as_it_was",
)
ELSEWHERE: Mapping[str, tuple[str, str]] = {
    "deploy.yml: allowed: Ask GitHub": (
        f"{DEPLOYMENT}::test_a_commit_may_go_on", f"{DEPLOYMENT}::test_a_commit_may_not_go_on"
    ),
    "deploy.yml: check: Install": CHECKED,
    "deploy.yml: check: Migrations hold, on an empty database too": CHECKED,
    "deploy.yml: check: Tests": CHECKED,
    "deploy.yml: image: Build it once": (
        f"{DEPLOYMENT}::test_an_image_is_built_once_and_is_named_by_its_commit",
        f"{DEPLOYMENT}::test_an_image_that_cannot_be_had_stops_the_deployment",
    ),
    "deploy.yml: deploy: Install": DEPLOYED,
    "deploy.yml: deploy: The server's environment is whole": DEPLOYED,
    "deploy.yml: deploy: The server's history fits these files": DEPLOYED,
    "deploy.yml: deploy: Back up, rehearse on the copy, migrate, switch, test, or go back": DEPLOYED,
    "action.yml: runs: Install": (
        f"{ACTION}::test_a_log_ends_in_the_right_page_in_the_summary",
        f"{ACTION}::test_what_has_another_hash_is_not_installed",
    ),
    "action.yml: runs: Prove": (f"{ACTION}::test_pages_are_proven_and_a_finding_is_red_at_its_line",) * 2,
    "action.yml: runs: Diagnose": (
        f"{ACTION}::test_a_log_ends_in_the_right_page_in_the_summary", f"{ACTION}::test_a_log_that_is_not_there_is_red"
    ),
}  # fmt: skip
# The lab's workflow is an example, and checks nothing of this repository; pages of faults run its job `check`.
EXAMPLES: Mapping[str, str] = {
    "delivery.yml: check: Models and migrations": "docs/faults/CIP102.md",
    "delivery.yml: check: System check": "docs/faults/CIP102.md",
    "delivery.yml: check: Tenants are kept apart": "docs/faults/CIP102.md",
    "delivery.yml: check: Tests": "docs/faults/CIP102.md",
    "delivery.yml: deploy: The server's history": "not run: it shows where a deployment would stand",
    "delivery.yml: deploy: Migrate": "not run: it shows where a deployment would stand",
    "delivery.yml: deploy: Restart": "not run: it shows where a deployment would stand",
}
