"""Replacing a command by ``false`` must be noticed; what could not be tried is never called noticed."""

from __future__ import annotations

import re

from tests.repository import Repository

from proofbook.pages.page import parse_page
from proofbook.proof.mutation import draw, mutants_of

PAGE = "docs/faults/TNY101.md"


def test_every_command_is_replaced_once() -> None:
    text = "---\ntitle: x\n---\n```bash\nls | wc -l\necho $(date) <<E\nE\n```\n"

    commands = [mutant.command for mutant in mutants_of(parse_page("docs/x.md", text))]

    assert commands == ["ls", "wc -l", "echo $(date)", "date"]


def test_what_false_would_end_as_well_is_not_replaced() -> None:
    text = "---\ntitle: x\n---\n```bash\nif ls; then echo no; exit 1; fi\nsleep 1\nexit 0\n```\n"

    commands = [mutant.command for mutant in mutants_of(parse_page("docs/x.md", text))]

    assert commands == ["ls", "exit 0"]


def test_a_page_draws_the_same_command_until_it_or_the_seed_changes() -> None:
    commands = [f"echo {number}" for number in range(50)]
    text = "---\ntitle: x\n---\n```bash\n" + "\n".join(commands) + "\n```\n"
    page, edited = parse_page(PAGE, text), parse_page(PAGE, text + "\nMore.\n")

    drawn = {str(draw(*chosen)[0]) for chosen in ((page,), (page,), (parse_page(PAGE, text),))}
    others = {str(draw(*chosen)[0]) for chosen in ((page, "one"), (page, "two"), (edited,))}

    assert len(drawn) == 1
    assert others - drawn


def test_a_survivor_is_named_at_its_line(tiny: Repository) -> None:
    tiny.edit(
        PAGE, "```bash {exit=1}\ncat status.txt\n", "```bash {exit=1}\ncat status.txt\ncat schema.sql > copy.sql\n"
    )
    tiny.edit(
        PAGE,
        "grep -q up status.txt\n```\n\n```output\nservice",
        "grep -q up status.txt\n```\n\n```output\n...\nservice",
    )

    done = tiny.run("mutate", "--all", PAGE)

    assert done.returncode == 1
    assert f"survived: {PAGE}:" in done.stdout


def test_a_command_that_is_meant_to_fail_is_noticed_when_it_succeeds(tiny: Repository) -> None:
    tiny.edit(PAGE, "```bash {exit=1}\ncat status.txt\n", "```bash {exit=1}\ngrep -q up status.txt || cat status.txt\n")

    done = tiny.run("mutate", "--all", PAGE)

    assert done.returncode == 0, done.stdout


def test_a_command_that_no_proof_runs_is_told_and_never_called_noticed(tiny: Repository) -> None:
    tiny.edit(
        PAGE, "```bash {exit=1}\ncat status.txt\n", "```bash {exit=1}\nif test -e gone; then date; fi\ncat status.txt\n"
    )

    done = tiny.run("mutate", "--all", PAGE)

    assert done.returncode == 0, done.stdout
    assert re.search(rf"^not run: {PAGE}:\d+: date: no proof takes", done.stdout, re.MULTILINE)
    assert done.stdout.rstrip().endswith(" 0 failed, 1 skipped")


def test_a_fault_that_cannot_be_injected_is_not_noticed(tiny: Repository) -> None:
    tiny.write("lab/faults/tny101.py", "raise OSError('gone')\n")

    done = tiny.run("mutate", "--all", PAGE)

    assert done.returncode == 2
    assert "could not check" in done.stdout
