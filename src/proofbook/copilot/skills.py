"""The skills: what to do in which order, the rules of each from the lessons that ask for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from proofbook.copilot.knowledge import Knowledge
from proofbook.copilot.shelf import Shelf
from proofbook.pages.lessons import Ask, Lesson
from proofbook.pages.roles import ROLES

FOLDER = ".github/skills"
FAULTS = f"{FOLDER}/diagnose-failed-deployment/references/faults.md"
FORMAT = "docs/reference/page-format.md"
TESTING = "docs/migrations/testing.md"

Chosen = Callable[[Lesson, Ask], bool]


@dataclass(frozen=True, slots=True)
class Skill:
    """What an agent can be asked to do: when, by which steps, and what lessons ask of it in the end."""

    title: str
    when: str
    description: str
    steps: Callable[[Shelf, str], Iterator[str]]
    end: str
    asks: Chosen
    is_for_pages: bool = False


def skill_file(name: str) -> str:
    """Give the path of a skill."""
    return f"{FOLDER}/{name}/SKILL.md"


def skills_for(shelf: Shelf) -> dict[str, Skill]:
    """Give the skills that a repository can use: where there are no pages to write, none writes one."""
    return {name: skill for name, skill in SKILLS.items() if shelf.is_here or not skill.is_for_pages}


def skill_text(name: str, knowledge: Knowledge, shelf: Shelf) -> str:
    """Give a skill: its steps, then what lessons ask of it."""
    skill, file = SKILLS[name], skill_file(name)
    asked = [
        f"- [ ] {ask.text} ({shelf.link(file, lesson.name, lesson.page.path)})"
        for lesson in knowledge.lessons
        for ask in lesson.asks
        if skill.asks(lesson, ask)
    ]
    steps = [f"{number}. {step}" for number, step in enumerate(skill.steps(shelf, file), start=1)]
    head = ("---", f"name: {name}", f"description: {skill.description}", "---", f"# {skill.title}", "")
    return "\n".join((*head, *steps, "", f"## {skill.end}", "", *asked, ""))


def _diagnose(shelf: Shelf, _file: str) -> Iterator[str]:
    yield "Take the whole log of what failed, from its first error on: the cause stands above what followed from it."
    if shelf.is_here:
        yield "Name the fault: `scripts/diagnose FILE`, or the tool `diagnose` of the MCP server `proofbook`."
    else:
        yield (
            "Name the fault: with the tool `diagnose` of the MCP server `proofbook` if you have it; "
            "else look up the text of the first error in [references/faults.md](references/faults.md)."
        )
    yield "Open the page of that fault. Where faults print the same text, the question beside them tells which it is."
    yield "Run what stands under Diagnose there. Compare what it prints with what is shown below it; `...` is anything."
    yield (
        "Run the runbook that the page names, as it stands: it tells its plan and changes nothing. "
        "Show that plan to a person before you add `--apply` where there are rows to lose."
    )
    yield "Otherwise do what stands under Fix, in order. Do nothing that stands under Does not work."
    yield "Run Verify. It must pass now; if it does not, do what stands under Roll back, and say so."


def _migrate(shelf: Shelf, file: str) -> Iterator[str]:
    shown = f" {shelf.link(file, 'Shown here', TESTING)}." if shelf.place(TESTING) else ""
    inside = f", in `{shelf.project}/`" if shelf.project else ""
    yield "Change the model, and nothing else that needs another release."
    yield (
        "Make the migration, with a name that says what it does: `python manage.py makemigrations orders --name "
        f"purchaseorder_reference`, with your own app and name{inside}.{shown}"
    )
    yield (
        "Read its SQL: `python manage.py sqlmigrate orders 0015`, with the number that it got. "
        "Read its `dependencies` too."
    )
    yield "Put rows, schema and indexes into migrations of their own, and give each a way back."
    yield f"Run the checks: `{shelf.calls('python runbooks/validate_migrations.py --rehearse')}`."
    yield "See that nothing is left: `python manage.py makemigrations --check --dry-run`, then `git status --short`."


def _write_page(shelf: Shelf, file: str) -> Iterator[str]:
    heads = ", ".join(name for name, role in ROLES.items() if role.is_required)
    prove = "scripts/prove docs/faults/CODE.md"
    form = shelf.link(file, "the page format", FORMAT)
    yield f"Read {form}. The headings are fixed and say when a fence runs: {heads}."
    yield "Provoke the fault by its cause in `lab/faults/CODE.py`, the code in lower case; never print its message."
    yield "Write `docs/faults/CODE.md`. In its first paragraph say what to do, after **Do this:**."
    yield f"Take every output from a run: `{prove}` shows what differs. Type none by hand."
    yield (f"Prove it: `{prove}`, then `{prove} --postgres 16`, then all pages: another signature may claim its text.")
    yield "Keep logs of it in `tests/cases/signatures/CODE/`, and what only looks like it in `near_misses/`."


SKILLS = {
    "diagnose-failed-deployment": Skill(
        "Diagnose a failed deployment",
        "a deployment, migration, backup or health check has failed",
        "Finds the cause of a failed Django deployment, migration, backup or health check from its log, and a fix that "
        "has been proven. Use it when a deploy job is red, migrate stops, a server does not start, or a page answers "
        "403 or 500.",
        _diagnose,
        "Before it is deployed again",
        lambda _lesson, ask: "deployer" in ask.lists,
    ),
    "write-a-migration": Skill(
        "Write a migration",
        "a model is changed",
        "Writes a Django migration that runs on PostgreSQL with rows in it, beside the old release, and back. Use it "
        "whenever a model is changed, a column or index is added or removed, or rows are changed by a migration.",
        _migrate,
        "Before it is committed",
        lambda _lesson, ask: "migration" in ask.lists,
    ),
    "write-a-fault-page": Skill(
        "Write a fault page",
        "an error was met that no page knows",
        "Writes a page about a deployment fault in the form in which Proofbook can prove it. Use it when an error was "
        "diagnosed that no page knows, so that the next one finds it by its text.",
        _write_page,
        "Before it is committed",
        lambda lesson, ask: "docs" in lesson.files and "pull-request" in ask.lists,
        is_for_pages=True,
    ),
}
