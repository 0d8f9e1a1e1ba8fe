"""The one file every agent is given: traps and an index, as many as fit into it."""

from __future__ import annotations

from collections.abc import Iterator

from proofbook.copilot.knowledge import Knowledge
from proofbook.copilot.rules import index_line, instructions_file, short_rule, told_of_plans
from proofbook.copilot.shelf import Shelf
from proofbook.copilot.skills import FAULTS, skill_file, skills_for
from proofbook.errors import ProofbookError
from proofbook.pages.lessons import FILES

GUIDE = ".github/copilot-instructions.md"
AGENTS = "AGENTS.md"
MOST = 3999  # what every reader takes in; servers of one's own may run an older Copilot
FEWEST_TRAPS, FEWEST_FAULTS = 4, 6
CHECKS = {"validate_migrations": "", "check_tenant_isolation": " --tenant tenants.Tenant"}
TRAPS_HEAD = "## Traps"
INDEX_HEAD = "## When you see X, open Y"


def guide(knowledge: Knowledge, shelf: Shelf, room: int) -> str:
    """Give the traps and the index in at most ``room`` characters, those most often needed first.

    Raises ProofbookError when not even the fewest fit.
    """
    traps = [short_rule(GUIDE, lesson, shelf) for lesson in knowledge.lessons if set(lesson.files) - {"docs"}]
    faults = [index_line(GUIDE, entry, shelf) for entry in knowledge.entries]
    text = _together(knowledge, shelf, traps[:FEWEST_TRAPS], faults[:FEWEST_FAULTS])
    if len(text) > room:
        fact = f"its own text leaves room for {max(room, 0)} of the {len(text)} characters that are added at least"
        raise ProofbookError(GUIDE, fact, "shorten it: what only some files need belongs in .github/instructions/")
    for more in range(1, 2 * max(len(traps), len(faults))):
        # one of these and one of those, by turns
        many, most = FEWEST_TRAPS + more // 2, FEWEST_FAULTS + (more + 1) // 2
        wider = _together(knowledge, shelf, traps[:many], faults[:most])
        if len(wider) > room:
            break
        text = wider
    return text


def _together(knowledge: Knowledge, shelf: Shelf, traps: list[str], faults: list[str]) -> str:
    every = f"All {len(knowledge.entries)} faults: [references/faults.md]({FAULTS.removeprefix('.github/')})."
    commands = [] if shelf.is_here else [*_commands(knowledge, shelf), ""]
    return "\n".join(
        (*commands, TRAPS_HEAD, "", *traps, "", INDEX_HEAD, "", told_of_plans(shelf), "", *faults, "", every)
    )


def _commands(knowledge: Knowledge, shelf: Shelf) -> Iterator[str]:
    """Give the commands that any project with a manage.py has from us; our own repository says more itself."""
    inside = f" (in `{shelf.project}/`)" if shelf.project else ""
    yield "## Commands"
    yield ""
    yield f"- After a change of a model: `python manage.py makemigrations --check --dry-run`{inside}."
    for name, options in CHECKS.items():
        yours = " (with your own model of a tenant)" if options else ""
        yield f"- `{shelf.calls(f'python runbooks/{name}.py{options}')}`{yours}: {knowledge.runbooks[name].summary}"
    yield "- Exit status of a check: 0 holds, 1 finding, 2 could not check. A repair acts only with `--apply`."


def agents(knowledge: Knowledge, shelf: Shelf) -> str:
    """Give for agents that read nothing else where the rules and the skills are."""
    kinds = [f"- `{globs}`: [rules]({instructions_file(kind)})" for kind, globs in FILES.items()]
    skills = [f"- {skill.when}: [{name}]({skill_file(name)})" for name, skill in skills_for(shelf).items()]
    parts = (
        "## Before you change a file like these, read",
        "",
        *kinds,
        "",
        "## When there is this to do, follow",
        "",
        *skills,
        f"- an error, or a log: [all {len(knowledge.entries)} faults]({FAULTS})",
    )
    return "\n".join(parts)
