"""What agents are told to run is what a page runs, word by word, here and in other repositories."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from dataclasses import replace

import click
import pytest
from tests.repository import ROOT

from proofbook.cli import main
from proofbook.copilot.checking import check
from proofbook.copilot.files import files_for, knowledge_of
from proofbook.copilot.guide import AGENTS, GUIDE
from proofbook.copilot.knowledge import gather
from proofbook.copilot.proven import CODE, REASONS, Knowing, excepted, unproven, unproven_here
from proofbook.copilot.rules import all_faults, index_line
from proofbook.copilot.shelf import ALONG, Shelf
from proofbook.copilot.skills import FAULTS, skill_file, skill_text
from proofbook.site.edition import Edition, read_edition

EDITION = read_edition(ROOT)
KNOWN = knowledge_of(EDITION)
KNOWING = Knowing(EDITION.pages.values(), EDITION.runbooks)
EXCEPTED = excepted((ROOT / REASONS).read_text("utf-8"))
MIGRATE = skill_file("write-a-migration")
EXEMPT, HEALTH = 'SECURE_REDIRECT_EXEMPT = [r"', '/v1/(health|ready)/$"]'
SHELVES = [Shelf(), Shelf(ALONG), Shelf(ALONG, project="back.end"), Shelf("https://kb.example", has_runbooks=True)]


def told(path: str, text: str, shelf: Shelf = SHELVES[0]) -> list[str]:
    """Give the commands in a text that no page runs, without those that have a reason."""
    return [code for code, _ in unproven(path, text, KNOWING, shelf) if code not in EXCEPTED]


@pytest.mark.parametrize("shelf", SHELVES, ids=["here", "along", "in a folder", "linked"])
def test_each_command_that_is_written_for_agents_is_run_by_a_page(shelf, tmp_path):
    written = list(files_for(EDITION, ROOT if shelf.is_here else tmp_path, shelf))
    texts = {each.path: each.text for each in written if each.path.endswith(".md") and not each.path.startswith(ALONG)}

    assert {GUIDE, AGENTS, MIGRATE, FAULTS} <= texts.keys()
    assert {path: left for path, text in texts.items() if (left := told(path, text, shelf))} == {}


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        ("MIG101", "the runbook `repair_history`", "the runbook `adopt_column`"),
        ("MIG101", "`python runbooks/repair_history.py --app $APP`", "`python manage.py migrate --fake`"),
        (
            "MIG201",
            "`python runbooks/adopt_column.py --app $APP --migration",
            "`python runbooks/adopt_column.py --app $APP` `",
        ),
        ("HLT102", f"`{EXEMPT}^api{HEALTH}`", f"`{EXEMPT}^/api{HEALTH}`"),
        ("BAK108", "`--no-owner --no-privileges`", "`--no-owner --clean`"),
        ("BAK108", "`create role $ROLE`", "`create role $ROLE superuser`"),
        ("DBC104", "`getent hosts $WRONG`", "`getent ahosts $WRONG`"),
        ("DBC104", "`getent hosts $WRONG`", "`pg_isready --host $WRONG`"),
        ("HLT103", "take `|| echo 000` out", "take `|| echo 111` out"),
        ("STA101", "`python manage.py collectstatic --noinput`", "`collectstatic --noinput --clear`"),
        ("DBC101", "ask `pg_isready`", "ask `createdb`"),
        ("TEN102", "`Internal Server Error: /api/v1/...`", "`Internal Server Error: /api/v2/...`"),
    ],
)
def test_an_answer_that_tells_what_its_page_does_not_run_is_noticed(code, old, new):
    page = EDITION.pages[f"docs/faults/{code}.md"]
    first, fix, rest = page.text.partition("\n## Fix")
    assert first.count(old) >= 1
    wrong = replace(page, text=f"{first.replace(old, new)}{fix}{rest}")
    [entry] = gather([wrong], [], EDITION.runbooks).entries
    missed = new.split("`")[1]

    assert told(FAULTS, all_faults(FAULTS, [entry], SHELVES[0])) == [missed]
    assert set(told(GUIDE, index_line(GUIDE, entry, SHELVES[0]))) <= {missed}


@pytest.mark.parametrize(
    ("text", "missed"),
    [
        ("Read it: `python manage.py sqlmigrate orders 0016`.", ["python manage.py sqlmigrate orders 0016"]),
        ("Run `python runbooks/check_tenant_isolation.py`.", ["python runbooks/check_tenant_isolation.py"]),
        ("Run `git status`, then `git push --force`.", ["git status", "git push --force"]),
        ('| try | `scripts/lab "python manage.py flush"` |', ['scripts/lab "python manage.py flush"']),
        ("Set `CONN_MAX_AGE=1` there.", ["CONN_MAX_AGE=1"]),
        ("Call `cat .env`, and never `set -x`; `DEBUG` is a name.", ["cat .env"]),
        ("- In the log: `python manage.py flush`", []),
        ("Run `python manage.py migrate --plan` and `migrate --plan`.", []),
        ("- `seen`: open [MIG101](../docs/faults/MIG101.md). `git status --short`", ["git status --short"]),
    ],
)  # fmt: skip
def test_a_sentence_that_tells_what_no_page_runs_is_noticed(text, missed):
    assert [code for code, _ in unproven(AGENTS, text, KNOWING, SHELVES[0])] == missed


def test_the_check_of_our_own_files_tells_it():
    fewer = Edition(EDITION.settings)
    gone = "docs/migrations/testing.md"
    fewer.__dict__["pages"] = {path: page for path, page in EDITION.pages.items() if path != gone}

    found = {f"{each.place.partition(':')[0]}: {each.fact}" for each in check(fewer, ROOT) if each.code == CODE}

    assert found == {
        f"{MIGRATE}: nothing runs `python manage.py makemigrations orders --name purchaseorder_reference` on any page",
        f"{MIGRATE}: nothing runs `python manage.py sqlmigrate orders 0015` on any page",
    }


def test_a_call_of_the_archive_is_the_call_of_the_runbook():
    shelf = SHELVES[2]
    text = skill_text("write-a-migration", KNOWN, shelf)
    call = f"python {ALONG}/runbooks.pyz validate_migrations --project back.end --rehearse"

    assert f"`{call}`" in text
    assert told(MIGRATE, text, shelf) == []
    assert told(MIGRATE, text.replace(call, f"{call} --apply"), shelf) != []
    assert told(MIGRATE, text.replace("back.end", "backend"), shelf) != []


def test_what_is_excepted_has_a_reason_and_is_told():
    text = "| `a b` | it is so |\n| `c d`, `e f` | it is so |\n| `g h` | |\n"
    page = f"| `x y` | of another table |\n\n### What no page runs\n\n{text}\n## Related\n\n| `z z` | no |\n"

    assert excepted(page) == {"a b", "c d", "e f"}
    assert 5 <= len(EXCEPTED) <= 12
    [finding] = unproven_here(
        {AGENTS: "Call `.venv/bin/pytest -q tests`."}, KNOWING, [".venv/bin/pytest -q tests", "a b"]
    )
    assert (finding.place, finding.fact) == (REASONS, "`a b` needs no exception")
    [finding] = unproven_here({AGENTS: "One.\n\nCall `git push --force`."}, KNOWING, [])
    assert (finding.place, finding.fact) == ("AGENTS.md:3", "nothing runs `git push --force` on any page")


@pytest.mark.parametrize("line", sorted(each for each in EXCEPTED if each.startswith("scripts/")))
def test_a_door_that_is_told_hands_on_words_that_the_program_takes(line, tmp_path):
    for name, text in {
        "scripts/setup": "#!/bin/sh\n",
        ".venv/bin/proofbook": '#!/bin/sh\nprintf "%s\\0" "$@"\n',
    }.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    door, *words = shlex.split(line.replace("CODE", "MIG101").replace("FILE", str(ROOT / "README.md")))
    shutil.copy(ROOT / door, tmp_path / door)

    done = subprocess.run([tmp_path / door, *words], cwd=ROOT, capture_output=True, text=True, check=True)

    name, *handed = done.stdout.split("\0")[:-1]
    with click.Context(main) as context:
        command = main.get_command(context, name)
    assert command
    assert command.make_context(name, list(handed)).params
    with pytest.raises(click.UsageError):
        command.make_context(name, [*handed, "--no-such-option"])


def test_programs_that_are_named_by_one_word_are_those_of_the_page():
    told_names = [name for entry in KNOWN.entries for name in re.findall(r"runbook `(\w+)`", entry.answer)]

    assert len(told_names) >= 4
    assert set(told_names) <= EDITION.runbooks.keys()
