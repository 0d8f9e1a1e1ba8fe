"""`proofbook copilot` in a repository that never heard of us: what it writes, what it leaves, how it is taken out."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.repository import CASES, ROOT

from proofbook.cli import main
from proofbook.copilot.checking import check
from proofbook.copilot.guide import GUIDE, MOST
from proofbook.copilot.marks import with_whole
from proofbook.copilot.setup_steps import SETUP_STEPS
from proofbook.copilot.shelf import ALONG, ARCHIVE
from proofbook.copilot.skills import FAULTS
from proofbook.site.edition import Edition, read_edition

SITE = "https://kb.example/proofbook"
EDITION = read_edition(ROOT)
ADMIN = ".github/instructions/admin.instructions.md"
SKILL = ".github/skills/write-a-migration/SKILL.md"


@pytest.fixture(autouse=True)
def _one_edition(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the commands share what has been read of our pages."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("proofbook.commands.copilot.Edition", lambda _settings: EDITION)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop/backend").mkdir(parents=True)
    (tmp_path / "shop/backend/manage.py").write_text("print()\n")
    (tmp_path / "shop/backend/requirements.txt").write_text("django\n")
    return tmp_path / "shop"


def copilot(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["copilot", *map(str, words)])


def linked(shop: Path, *words: str) -> Result:
    return copilot("--into", shop, "--link", SITE, *words)


def state(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def edit(file: Path, old: str, new: str) -> None:
    assert old in file.read_text("utf-8")
    file.write_text(file.read_text("utf-8").replace(old, new, 1), "utf-8")


def found(shop: Path) -> list[str]:
    return [f"{each.place}: {each.code} {each.fact}" for each in check(EDITION, shop)]


def test_one_command_writes_all_of_it_and_what_it_writes_holds(shop):
    before = state(shop)

    assert copilot("--into", shop).exit_code == 0
    written = state(shop)
    assert found(shop) == list(check(EDITION, shop, SITE)) == []
    assert copilot("--into", shop).output == "nothing to do\n"
    assert state(shop) == written
    assert len(written[GUIDE].decode()) <= MOST
    assert b"://" not in written[GUIDE]
    assert written.keys() >= {SETUP_STEPS, "AGENTS.md", ADMIN, SKILL, f"{ALONG}/faults/MIG101.md", ARCHIVE}
    assert b"pip install -r backend/requirements.txt" in written[SETUP_STEPS]

    undone = copilot("--into", shop, "--undo")

    assert (undone.exit_code, state(shop)) == (0, before)
    assert not (shop / ".github").exists()


def test_the_commands_that_are_documented_do_what_is_said_of_them(shop):
    before = state(shop)
    names = ("into", "undo")
    lines = [line for name in names for line in (CASES / f"copilot/{name}.txt").read_text("utf-8").splitlines()]

    for line in lines:
        program, *words = line.split()
        assert program == "scripts/copilot"
        done = copilot(*(shop if word == "../shop" else word for word in words))
        assert (done.exit_code, state(shop) == before) == (0, line == lines[-1]), line


@pytest.mark.parametrize(
    ("words", "taken"),
    [
        (["--into", "shop", "--undo"], ["--into", "{here}/shop", "--undo"]),
        (["--into=shop", "--undo"], ["--into={here}/shop", "--undo"]),
        (["--check=."], ["--check={here}"]),
        (["--into=a=b"], ["--into={here}/a=b"]),
        (["--into", "nowhere", "--pages-at=shop.example"], ["--into", "nowhere", "--pages-at=shop.example"]),
    ],
)
def test_a_repository_is_named_from_where_one_stands(tmp_path, words, taken):
    """The door goes to its own checkout first, and `.` must not become that."""
    for name, text in {"setup": "#!/bin/sh\n", "proofbook": '#!/bin/sh\nprintf "%s\\n" "$@"\n'}.items():
        program = tmp_path / "checkout" / {"setup": "scripts", "proofbook": ".venv/bin"}[name] / name
        program.parent.mkdir(parents=True)
        program.write_text(text)
        program.chmod(0o755)
    here = tmp_path / "here"
    (here / "shop").mkdir(parents=True)
    (here / "a=b").mkdir()
    door = shutil.copy(ROOT / "scripts/copilot", tmp_path / "checkout/scripts/copilot")

    done = subprocess.run([door, *words], cwd=here, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == ["copilot", *(each.format(here=here.resolve()) for each in taken)]


def test_pages_written_along_hold_their_inclusions_and_lead_to_each_other(shop):
    copilot("--into", shop)

    text = (shop / ALONG / "faults/TEN101.md").read_text("utf-8")
    assert "8<--" not in text
    assert "class TenantFilteredAdmin" in text
    page = (shop / ALONG / "faults/MIG101.md").read_text("utf-8")
    assert "(MIG201.md)" in page
    assert "python docs/proofbook/runbooks.pyz repair_history --project backend --app $APP" in page
    assert zipfile.ZipFile(shop / ARCHIVE).testzip() is None
    done = subprocess.run([sys.executable, shop / ARCHIVE, "--help"], capture_output=True, text=True, check=True)
    assert "repair_history" in done.stdout


@pytest.mark.parametrize("words", [(), ("--link", SITE)])
def test_each_runbook_and_each_path_that_is_named_is_there(shop, words):
    copilot("--into", shop, *words)

    texts = {path: text.decode() for path, text in state(shop).items() if path.endswith(".md")}
    told = [text for path, text in texts.items() if path in (GUIDE, "AGENTS.md") or "/skills/" in path]
    called = set(re.findall(r"python ([\w./]+) ?(\w*)", " ".join(told)))
    spans = re.findall(r"`([^`]+)`", re.sub(r"(?m)^- In the log: .*|^- .*?: (?=open \[)|<!--.*", "", "\n".join(told)))
    paths = {path for span in spans for path in re.findall(r"(?<!\S)(?:[\w.-]+/)+[\w.-]*\w", span)}
    assert {name for program, name in called if program == ARCHIVE} >= {"validate_migrations", "repair_history"}
    assert {program for program, _ in called} == {ARCHIVE, "manage.py"}
    assert ARCHIVE in paths
    assert [path for path in paths if not (shop / path).exists()] == []
    for name in ("validate_migrations", "repair_history"):
        subprocess.run([sys.executable, shop / ARCHIVE, name, "--help"], capture_output=True, check=True)

    (shop / ARCHIVE).unlink()

    assert found(shop) == [f"{ARCHIVE}: copilot-drift is not there"]


def test_a_skill_that_only_our_own_repository_can_use_is_not_written_and_is_taken_away(shop):
    older = shop / ".github/skills/write-a-fault-page/SKILL.md"
    linked(shop)
    assert not older.exists()
    assert "fault-page" not in (shop / "AGENTS.md").read_text("utf-8")
    older.parent.mkdir(parents=True)
    text = "---\nname: write-a-fault-page\ndescription: Writes one.\n---\n# Write a fault page\n"
    older.write_text(with_whole(text, SITE, is_yaml=False), "utf-8")

    assert found(shop) == [f"{older.relative_to(shop)}:1: copilot-drift is written no more"]
    assert linked(shop).output.startswith(f"{older.relative_to(shop)}: removed")
    assert not older.parent.exists()


def test_a_persons_own_text_stays_as_it_is(shop):
    (shop / ".github").mkdir()
    (shop / GUIDE).write_bytes(b"# Shop\r\n\r\nUse tabs.\r\n")
    (shop / "AGENTS.md").write_bytes(b"Be kind.")
    before = state(shop)

    linked(shop)

    assert (shop / GUIDE).read_bytes().startswith(b"# Shop\r\n\r\nUse tabs.\r\n\r\n<!-- proofbook:begin")
    assert b"\n" not in (shop / GUIDE).read_bytes().replace(b"\r\n", b"")
    assert (shop / "AGENTS.md").read_text().startswith("Be kind.\n\n<!-- proofbook:begin")
    assert linked(shop).output == "nothing to do\n"
    edit(shop / "AGENTS.md", "Be kind.", "Be very kind.")
    assert linked(shop).output == "nothing to do\n"
    assert found(shop) == []
    linked(shop, "--undo")
    assert state(shop) == before | {"AGENTS.md": b"Be very kind.\n"}


@pytest.mark.parametrize("path", [ADMIN, SKILL])
def test_a_file_of_somebody_else_is_refused_and_nothing_is_written(shop, path):
    (shop / path).parent.mkdir(parents=True)
    (shop / path).write_text("mine\n")
    before = state(shop)

    refused = linked(shop)

    assert refused.exit_code == 1
    assert f"{path}: holds what was not written by this command" in refused.output
    assert "nothing has been written" in refused.output
    assert state(shop) == before
    assert linked(shop, "--force").exit_code == 0
    assert (shop / f"{path}.before-proofbook").read_text() == "mine\n"
    assert linked(shop, "--undo").exit_code == 0
    assert state(shop) == before


@pytest.mark.parametrize(
    ("path", "old"),
    [(GUIDE, "## Traps"), ("AGENTS.md", "## Before"), (ADMIN, "Each rule"), (SETUP_STEPS, "timeout-minutes: 20")],
)
def test_what_somebody_changed_in_what_was_written_is_not_lost(shop, path, old):
    linked(shop)
    edit(shop / path, old, f"{old}5")
    changed = state(shop)

    assert linked(shop).exit_code == 1
    assert linked(shop, "--undo").exit_code == 1
    assert state(shop) == changed
    assert re.search(rf"{re.escape(path)}:\d+: copilot-edited", "\n".join(found(shop)))

    assert linked(shop, "--force").exit_code == 0
    assert (shop / f"{path}.before-proofbook").read_bytes() == changed[path]
    assert found(shop) == []


def test_steps_that_are_there_already_are_left_as_they_are(shop):
    (shop / SETUP_STEPS).parent.mkdir(parents=True)
    (shop / SETUP_STEPS).write_text("jobs: {copilot-setup-steps: {runs-on: x}}\n")

    done = linked(shop)

    assert done.exit_code == 0
    assert f"{SETUP_STEPS}: is yours and is left as it is" in done.output
    assert (shop / SETUP_STEPS).read_text() == "jobs: {copilot-setup-steps: {runs-on: x}}\n"
    assert found(shop) == []


def test_a_guide_that_is_too_long_already_is_told_and_nothing_is_written(shop):
    (shop / ".github").mkdir()
    (shop / GUIDE).write_text("long\n" * 900)
    before = state(shop)

    done = linked(shop)

    assert done.exit_code == 2
    assert f"{GUIDE}: its own text leaves room for 0 of" in done.output
    assert state(shop) == before
    assert found(shop)[0].startswith(f"{GUIDE}:800: copilot-size has 4500 characters")


def test_a_link_that_leads_out_of_the_repository_is_not_followed(shop, tmp_path):
    (tmp_path / "elsewhere.md").write_text("secret\n")
    (shop / "AGENTS.md").symlink_to(tmp_path / "elsewhere.md")

    done = linked(shop)

    assert done.exit_code == 2
    assert "AGENTS.md: leads out of the repository" in done.output
    assert (tmp_path / "elsewhere.md").read_text() == "secret\n"


def test_what_is_no_longer_written_is_removed(shop):
    copilot("--into", shop)
    assert (shop / ALONG / "faults/MIG101.md").exists()

    assert (shop / ARCHIVE).exists()

    assert linked(shop).exit_code == 0

    assert {file.name for file in (shop / ALONG).iterdir()} == {"README.md", "runbooks.pyz"}
    assert f"[MIG101]({SITE}/faults/MIG101.md)" in (shop / GUIDE).read_text("utf-8")


def test_an_archive_of_somebody_else_stays(shop):
    (shop / ALONG).mkdir(parents=True)
    (shop / ARCHIVE).write_bytes(b"#!/usr/bin/env python3\nprint('mine')\n")
    (shop / "runbooks").mkdir()
    (shop / "runbooks/validate_migrations.py").touch()

    assert linked(shop).exit_code == 0
    assert linked(shop, "--undo").exit_code == 0

    assert (shop / ARCHIVE).read_bytes().endswith(b"print('mine')\n")
    shutil.rmtree(shop / "runbooks")
    assert f"{ARCHIVE}: holds what was not written by this command" in linked(shop).output
    assert f"{ARCHIVE}: holds what was not written by this command" in copilot("--into", shop).output


@pytest.mark.parametrize(("path", "old"), [(GUIDE, "## Traps"), (SKILL, "# Write")])
def test_every_text_that_was_replaced_is_kept_and_said_to_be_there(shop, path, old):
    linked(shop)
    (shop / f"{path}.before-proofbook.2").write_text("somebody's\n")
    texts = []
    for word in ("first", "second", "second"):
        edit(shop / path, old, f"{word}\n\n{old}")
        texts.append((shop / path).read_bytes())
        refused = linked(shop).output
        assert linked(shop, "--force").exit_code == 0

    assert f"the old one is kept as {Path(path).name}.before-proofbook.4" in refused
    kept = [(shop / f"{path}.before-proofbook{end}").read_bytes() for end in ("", ".3", ".4")]
    assert kept == texts
    undone = linked(shop, "--undo")
    told = re.findall(r"^(\S+): holds what --force has replaced, and is left", undone.output, re.MULTILINE)
    # of a whole file the first is put back
    first = [f"{path}.before-proofbook"] if path == GUIDE else []
    assert told == [*first, *(f"{path}.before-proofbook.{number}" for number in (2, 3, 4))]
    assert all((shop / each).is_file() for each in told)
    assert path == GUIDE or (shop / path).read_bytes() == texts[0]


@pytest.mark.parametrize(
    ("path", "old", "new", "told"),
    [
        ("AGENTS.md", "# For agents", "# For agents\n\n[x](gone.md)", "AGENTS.md:3: copilot-link gone.md is not there"),
        (
            "AGENTS.md",
            "# For agents",
            "# For agents\n\n[x](#gone)",
            "AGENTS.md:3: copilot-link AGENTS.md has no heading #gone",
        ),
        (
            "AGENTS.md",
            "# For agents",
            f"# For agents\n\n[x]({SITE}/faults/MIG999.md)",
            "AGENTS.md:3: copilot-link the site has no page faults/MIG999.md",
        ),
        (
            "AGENTS.md",
            "# For agents",
            f"# For agents\n\n[x]({SITE}/faults/MIG101/#gone)",
            f"AGENTS.md:3: copilot-link {SITE}/faults/MIG101/ has no heading #gone",
        ),
        (
            "AGENTS.md",
            "# For agents",
            f"# For agents\n\n- [Fake it]({SITE}/lessons/migrations/commit-the-migration.md)",
            "AGENTS.md:3: copilot-rule the lesson commit-the-migration says: Commit a model change together",
        ),
        (
            "AGENTS.md",
            "# For agents",
            f"# For agents\n\n- [Fake it]({SITE}/lessons/migrations/fake-it.md)",
            "AGENTS.md:3: copilot-rule there is no lesson fake-it",
        ),
        (GUIDE, "# Instructions", f"{'long ' * 800}\n# Instructions", f"{GUIDE}:1: copilot-size has"),
        (ADMIN, "applyTo", "applyto", f"{ADMIN}:1: copilot-form does not say which files"),
    ],
)
def test_what_does_not_hold_is_told_with_its_place(shop, path, old, new, told):
    linked(shop)
    assert found(shop) == []

    edit(shop / path, old, new)

    assert told in "\n".join(found(shop))
    assert copilot("--check", shop).exit_code == 1


def test_good_links_to_the_site_are_good(shop):
    linked(shop)
    good = f"[a]({SITE}/faults/MIG101/#fix) [b]({SITE}/faults/MIG101.md#fix) [c](https://other.example/gone)"
    edit(shop / "AGENTS.md", "# For agents", f"# For agents\n\n{good}\n\n```text\n[x](gone.md)\n```")

    assert found(shop) == []


def test_a_link_from_the_root_is_looked_for_in_the_repository(shop, tmp_path):
    linked(shop)
    (shop / "docs/a.md").write_text("# There\n")
    outside = tmp_path / "outside.md"
    outside.write_text("# Not there\n")
    edit(shop / ADMIN, "Each rule", f"[a](/docs/a.md#there) [b]({outside})\n\nEach rule")

    assert [each.fact for each in check(EDITION, shop) if each.code == "copilot-link"] == [f"{outside} is not there"]


def test_instructions_that_people_wrote_are_checked_too_if_the_site_is_named(shop):
    (shop / "AGENTS.md").write_text(f"Read [this]({SITE}/faults/MIG101.md#fix) and\n[that]({SITE}/faults/MIG999/).\n")

    assert copilot("--check", shop).exit_code == 0
    done = copilot("--check", shop, "--link", f"{SITE}/")

    assert done.exit_code == 1
    assert "AGENTS.md:2: copilot-link the site has no page faults/MIG999.md" in done.output
    assert "1 finding" in done.output


def test_a_rule_that_has_changed_since_is_told_at_its_line(shop):
    linked(shop)
    older = Edition(EDITION.settings)
    lesson = next(each for each in EDITION.lessons if each.name == "offer-own-choices")
    pages = dict(EDITION.pages)
    older.__dict__["pages"] = pages
    older.__dict__["lessons"] = [
        type(each)(each.page, "Offer nothing", *(getattr(each, name) for name in each.__slots__[2:]))
        if each is lesson
        else each
        for each in EDITION.lessons
    ]

    told = [f"{each.place}: {each.fact}" for each in check(older, shop)]

    line = 1 + (shop / ADMIN).read_text("utf-8").splitlines().index(
        next(line for line in (shop / ADMIN).read_text("utf-8").splitlines() if lesson.rule in line)
    )
    assert f"{ADMIN}:{line}: the lesson offer-own-choices says: Offer nothing" in told


def test_an_answer_that_has_changed_since_is_told_at_its_line(shop):
    linked(shop)
    page = EDITION.pages["docs/faults/MIG101.md"]
    newer = Edition(EDITION.settings)
    text = page.text.replace("run the runbook `repair_history`", "call somebody who is on call now")
    assert text != page.text
    newer.__dict__["pages"] = {**EDITION.pages, page.path: replace(page, text=text)}

    drifted = [each for each in check(newer, shop) if each.code == "copilot-drift"]

    assert {each.place.partition(":")[0] for each in drifted} == {GUIDE, FAULTS}
    for each in drifted:
        path, _, line = each.place.partition(":")
        assert "un the runbook `repair_history`" in (shop / path).read_text("utf-8").splitlines()[int(line) - 1]
        assert each.fact.startswith("the pages now say: ")
        assert "Call somebody who is on call now." in each.fact


def test_findings_are_told_to_programs_too(shop):
    linked(shop)
    edit(shop / "AGENTS.md", "# For agents", "# For agents\n\n[x](gone.md)")

    done = CliRunner().invoke(main, ["copilot", "--check", str(shop), "--json"])

    assert done.exit_code == 1
    [finding] = json.loads(done.stdout)["findings"]
    assert (finding["check"], finding["place"]) == ("copilot-link", "AGENTS.md:3")
    assert finding["hint"]


@pytest.mark.parametrize("words", [["--check", "SHOP"], [], ["--check", "SHOP", "--into", "SHOP"]])
def test_what_cannot_be_checked_is_no_finding(shop, words):
    done = copilot(*(str(shop) if word == "SHOP" else word for word in words))

    assert done.exit_code == 2
    assert "hint: " in done.output


@pytest.mark.parametrize(("path", "old"), [(GUIDE, "## Traps"), (ADMIN, "Each rule"), (SETUP_STEPS, "minutes: 20")])
def test_what_undo_is_forced_to_take_out_is_kept_beside_it(shop, path, old):
    linked(shop)
    edit(shop / path, old, f"{old}5")
    changed = (shop / path).read_bytes()
    refused = linked(shop, "--undo")

    undone = linked(shop, "--undo", "--force")

    kept = f"{path}.before-proofbook.2"
    assert (refused.exit_code, f"is kept as {Path(kept).name}" in refused.output) == (1, True)
    assert (undone.exit_code, f"{kept}: holds what --force has replaced" in undone.output) == (0, True), undone.output
    assert (shop / kept).read_bytes() == changed
    assert not (shop / path).exists()
    linked(shop)
    assert linked(shop, "--undo").exit_code == 0
    assert (not (shop / path).exists(), (shop / kept).read_bytes()) == (True, changed)


def test_what_was_changed_after_it_had_replaced_another_is_kept_too(shop):
    (shop / ADMIN).parent.mkdir(parents=True)
    (shop / ADMIN).write_text("mine\n")
    linked(shop, "--force")
    edit(shop / ADMIN, "Each rule", "Each good rule")
    changed = (shop / ADMIN).read_bytes()

    assert linked(shop, "--undo", "--force").exit_code == 0

    assert (shop / ADMIN).read_text() == "mine\n"
    assert (shop / f"{ADMIN}.before-proofbook.2").read_bytes() == changed


def test_a_script_of_the_same_name_is_called_without_our_options(shop):
    (shop / "scripts").mkdir()
    (shop / "scripts/setup").write_text("#!/bin/sh\n")

    linked(shop)

    assert "run: scripts/setup\n" in (shop / SETUP_STEPS).read_text()
    assert "run: scripts/setup --checks\n" in (ROOT / SETUP_STEPS).read_text()


@pytest.mark.parametrize("name", [".github", "docs"])
def test_a_file_where_a_folder_is_needed_is_told_and_nothing_is_written(shop, name):
    (shop / name).write_text("mine\n")
    before = state(shop)

    done = copilot("--into", shop)

    assert (done.exit_code, f"{shop / name}: is no folder" in done.output) == (2, True), done.output
    assert state(shop) == before


def test_where_nothing_may_be_written_nothing_is_begun(shop, monkeypatch):
    monkeypatch.setattr("proofbook.copilot.writing.access", lambda place, _mode: ".github" not in str(place))
    (shop / ".github").mkdir()

    done = copilot("--into", shop)

    assert (done.exit_code, f"{shop}/.github: may not be written" in done.output) == (2, True), done.output
    assert not (shop / "AGENTS.md").exists()


def test_a_disk_that_is_full_is_told(shop, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)

    done = copilot("--into", shop)

    assert (done.exit_code, "cannot be written: No space left on device" in done.output) == (2, True), done.output


def test_a_text_of_somebody_else_in_another_encoding_is_not_looked_at(shop):
    (shop / ".github").mkdir()
    (shop / ".github/notes.md").write_bytes("Grüße\n".encode("latin-1"))
    before = state(shop)

    assert linked(shop).exit_code == 0
    assert found(shop) == []
    assert linked(shop, "--undo").exit_code == 0
    assert state(shop) == before


def test_links_that_lead_somewhere_on_github_are_good(shop):
    text = """# Shop

## Build & test

## Überblick

## Setup

## Setup

## The [`make`](Makefile) way

<a id="by-hand"></a>

[a](#build--test) [b](#überblick) [c](#%C3%BCberblick) [d](#setup-1) [e](#setup_1) [f](#by-hand) [g](tel:+4930)
[h](vscode:extension/x) [i](my%20notes.md) [j](#the-make-way) [k](#build-test)
"""
    (shop / "AGENTS.md").write_text(text)
    (shop / "my notes.md").write_text("# Notes\n")
    (shop / "Makefile").write_text("all:\n")

    assert found(shop) == []
    edit(shop / "AGENTS.md", "(#setup-1)", "(#setup-2)")
    assert [each.partition(": ")[2] for each in found(shop)] == ["copilot-link AGENTS.md has no heading #setup-2"]
