from __future__ import annotations

import re

import pytest
from tests.repository import ROOT

from proofbook.copilot.forms import breaches
from proofbook.copilot.guide import GUIDE
from proofbook.copilot.setup_steps import SETUP_STEPS, TEXT

INSTRUCTIONS, SKILL = ".github/instructions/a.instructions.md", ".github/skills/mend-it/SKILL.md"
STEPS = TEXT.format(install="true")
GOOD = {
    GUIDE: "x" * 3999,
    INSTRUCTIONS: '---\napplyTo: "**/*.py"\n---\nRead.\n',
    SKILL: "---\nname: mend-it\ndescription: Mends it. Use it when it is broken.\n---\n# Mend\n",
    SETUP_STEPS: STEPS,
    "AGENTS.md": "x" * 9000,
}


@pytest.mark.parametrize("path", GOOD)
def test_a_file_in_its_form_is_well(path):
    assert list(breaches(path, GOOD[path])) == []


@pytest.mark.parametrize(
    ("path", "old", "new", "told"),
    [
        (GUIDE, "x" * 3999, "line\n" * 801, "copilot-instructions.md:800: has 4005 characters, 6 more"),
        (INSTRUCTIONS, "applyTo", "applyto", "a.instructions.md:1: does not say which files"),
        (INSTRUCTIONS, "---\napply", "apply", "a.instructions.md:1: does not say which files"),
        (INSTRUCTIONS, '"**/*.py"', "[a]", "a.instructions.md:1: does not say which files"),
        (SKILL, "mend-it", "Mend it", "SKILL.md:1: name is 'Mend it' in the folder 'mend-it'"),
        (SKILL, "description", "descriptoin", "SKILL.md:1: has no description"),
        (SKILL, "Mends it.", "Mends it. " * 200, "SKILL.md:1: has a description of"),
        (SKILL, "# Mend\n", "# Mend\n" + "\n" * 500, "SKILL.md:500: has 505 lines"),
        (SETUP_STEPS, "  copilot-setup-steps:", "  setup:", "is read only if it has one job, copilot-setup-steps"),
        (SETUP_STEPS, "jobs:", "jobs:\n  more: {runs-on: x}", "is read only if it has one job"),
        (SETUP_STEPS, "timeout-minutes: 20", "timeout-minutes: 60", "timeout-minutes is 60"),
        (SETUP_STEPS, "    timeout-minutes: 20", "    environment: prod", "environment is not looked at"),
        (SETUP_STEPS, "jobs:", "jobs: [", "is read only if it has one job"),
    ],
)
def test_what_is_not_in_its_form_is_told_with_its_place(path, old, new, told):
    assert old in GOOD[path]

    found = [f"{each.place}: {each.fact}" for each in breaches(path, GOOD[path].replace(old, new, 1))]

    assert len(found) == 1
    assert told in found[0]


def test_the_setup_steps_use_the_actions_that_the_other_workflows_use():
    used = re.compile(r"uses: (actions/[\w-]+@.*)")
    elsewhere = set(used.findall((ROOT / ".github/workflows/doc-test.yml").read_text("utf-8")))

    assert used.findall(TEXT)
    assert set(used.findall(TEXT)) <= elsewhere
