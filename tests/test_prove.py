"""What is proven again: exactly the pages that a change can have made untrue."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.repository import Repository, copy_tiny

from proofbook.errors import ProofbookError
from proofbook.pages.page import Page
from proofbook.pages.reading import checked_page, loader, page_files
from proofbook.proof import fingerprint as fingerprint_module
from proofbook.proof.fingerprint import NOT_PROVING, fingerprint, lab_versions
from proofbook.proof.prove import obligations_of
from proofbook.settings import Settings, read_settings

VERSIONS = {"PostgreSQL": "18.4", "Python": "3.11.7"}
FAULT, OTHER, GUIDE = "docs/faults/TNY101.md", "docs/faults/TNY102.md", "docs/guide.md"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    repository = Repository(copy_tiny(tmp_path / "tiny"))
    repository.write(OTHER, repository.read(FAULT).replace("TNY101", "TNY102").replace("mend", "heal"))
    fault = repository.read("lab/faults/tny101.py")
    repository.write(
        "lab/faults/tny102.py", fault.replace("@contextmanager", "from ._down import *\n\n\n@contextmanager")
    )
    repository.write("lab/faults/_down.py", "from . import _reason\n")
    repository.write("lab/faults/_reason.py", "NUMBER = 7\n")
    repository.write("lab/faults/_questions.toml", "")
    repository.write("runbooks/heal.py", repository.read("runbooks/mend.py"))
    repository.write("runbooks/_step.py", "")
    repository.write("lab/nginx.conf", "listen 80;\n")
    repository.write("docs/included.md", '# A\n\n```nginx\n--8<-- "lab/nginx.conf"\n```\n')
    return repository


def prints(repository: Repository, versions: dict[str, str] = VERSIONS) -> dict[str, str]:
    fingerprint_module._HASHES.clear()
    settings = read_settings(repository.root)
    pages = (checked_page(file, settings) for file in page_files(settings))
    return {page.path: fingerprint(page, settings, versions) for page in pages}


CHANGES = {
    "a page": (GUIDE, "still here", "still  here", {GUIDE}),
    "a fault page": (FAULT, "Nobody is served.", "Nobody is.", {FAULT}),
    "its fault module": ("lab/faults/tny101.py", "reason 7", "reason 8", {FAULT}),
    "what its fault module imports": ("lab/faults/_down.py", None, "from ._reason import NUMBER\n", {OTHER}),
    "what that imports": ("lab/faults/_reason.py", "7", "8", {OTHER}),
    "the questions that lead to faults": ("lab/faults/_questions.toml", None, "# asked\n", {FAULT, OTHER}),
    "its runbook": ("runbooks/mend.py", "done", "well", {FAULT}),
    "what all runbooks share": ("runbooks/_step.py", None, "x = 1", {FAULT, OTHER, GUIDE, "docs/included.md"}),
    "the lab": ("lab/status.txt", None, "service is up\n\n", {FAULT, OTHER, GUIDE, "docs/included.md"}),
    "how the lab is prepared": ("pyproject.toml", "-q -v", "-v", {FAULT, OTHER, GUIDE, "docs/included.md"}),
    "which columns are ignored": ("pyproject.toml", '"seen"', '"name"', {FAULT, OTHER, GUIDE, "docs/included.md"}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_concerns(name: str, repository: Repository) -> None:
    path, old, new, concerned = CHANGES[name]
    before = prints(repository)

    if old is None:
        repository.write(path, new)
    else:
        repository.edit(path, old, new)

    after = prints(repository)
    assert {page for page in before if before[page] != after[page]} == concerned


def test_what_concerns_no_proof(repository: Repository) -> None:
    before = prints(repository)
    repository.write("README.md", "x")
    repository.write("tests/test_x.py", "x")
    repository.write("lab/__pycache__/x.pyc", "x")

    assert prints(repository) == before


def test_other_versions_are_another_proof(repository: Repository) -> None:
    sixteen = prints(repository, {**VERSIONS, "PostgreSQL": "16.14"})

    assert set(sixteen.values()).isdisjoint(prints(repository).values())


def test_the_engine_is_part_of_every_proof(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    before = prints(repository)
    monkeypatch.setattr(fingerprint_module, "_engine_hash", lambda: "another")

    assert set(prints(repository).values()).isdisjoint(before.values())


def test_nothing_that_proves_is_left_out_of_the_engines_hash() -> None:
    code = "import sys, proofbook.pytest_plugin; print(*(n for n in sys.modules if n.startswith('proofbook.')))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    files = [name.removeprefix("proofbook.").replace(".", "/") + ".py" for name in loaded]

    assert "proof/evidence.py" in files
    assert [file for file in files if file.startswith(NOT_PROVING)] == []


def test_whether_a_program_may_be_run_is_part_of_the_lab(repository: Repository) -> None:
    before = prints(repository)
    (repository.root / "lab/status.txt").chmod(0o755)

    assert prints(repository)[GUIDE] != before[GUIDE]


def test_a_page_without_a_wrong_recipe_has_one_obligation_less(repository: Repository) -> None:
    page = checked_page(repository.root / FAULT, read_settings(repository.root))
    without = Page(page.path, page.text, page.front, page.headings, tuple(page.under("Fix")))

    assert len(obligations_of(page)) == 12
    assert "wrong-recipes-fail" not in obligations_of(without)


def test_versions_are_told_by_the_programs_themselves(repository: Repository) -> None:
    told = lab_versions(read_settings(repository.root), "16")

    assert told["PostgreSQL"].startswith("16.")
    assert told["Python"].startswith(f"{sys.version_info.major}.")


def test_a_version_that_is_not_installed_is_told(repository: Repository) -> None:
    with pytest.raises(ProofbookError, match="no PostgreSQL 12 here"):
        lab_versions(read_settings(repository.root), "12")


def test_nothing_outside_the_repository_is_included(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "root").mkdir()
    (tmp_path / "root/link").symlink_to(tmp_path / "secret")
    load = loader(tmp_path / "root")

    for path in ("../secret", str(tmp_path / "secret"), "link", "absent", "."):
        with pytest.raises(LookupError):
            load(path)


def test_pages_are_those_that_the_settings_name(repository: Repository) -> None:
    repository.write("notes/x.md", "x")
    repository.write("README.md", "x")
    settings = Settings(repository.root, pages=("docs/faults", "README.md", "absent"))

    names = [str(file.relative_to(repository.root)) for file in page_files(settings)]

    assert names == [FAULT, OTHER, "README.md"]


@pytest.mark.slow
def test_what_is_unchanged_is_kept_and_what_changed_is_proven_again(tiny: Repository) -> None:
    assert tiny.prove().told["passed"] == 15

    again = tiny.prove()
    tiny.edit("docs/guide.md", "A guide\n---", "The guide\n---")
    changed = tiny.prove()

    assert (again.status, again.told["passed"], again.told["kept"]) == (0, 0, 2)
    assert (changed.told["passed"], changed.told["kept"]) == (3, 1)
    assert tiny.prove("--fresh", "docs/guide.md").told["passed"] == 3


@pytest.mark.slow
def test_sixteen_is_proven_beside_eighteen(embedded: Repository) -> None:
    eighteen = embedded.prove("docs/guide.md")
    sixteen = embedded.prove("docs/guide.md", "--postgres", "16")

    assert [outcome.told["passed"] for outcome in (eighteen, sixteen)] == [3, 3]
    assert embedded.prove("docs/guide.md").told["kept"] == 1
    text = embedded.read(".proofbook/records/docs/guide.md.json")
    assert text.count('"PostgreSQL": "18.') == text.count('"PostgreSQL": "16.') == 3
    assert embedded.leftovers() == []


@pytest.mark.slow
def test_what_failed_is_proven_again(tiny: Repository) -> None:
    tiny.edit("docs/guide.md", "still here", "gone")

    assert [tiny.prove("docs/guide.md").status for _ in range(2)] == [1, 1]
