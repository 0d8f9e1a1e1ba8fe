"""A tiny repository, proven from outside as a person would, and what its run told."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from proofbook.lab.places import checkout_key, run_folder
from proofbook.lab.programs import marked

ROOT = Path(__file__).parents[1]
CASES = Path(__file__).parent / "cases"
# resolved: the checkout may be out of reach of the unprivileged user, the environment is not
LAB_PYTHON = (ROOT / ".venv-lab").resolve() / "bin" / "python"
PROOFBOOK = Path(sys.executable).parent / "proofbook"


@dataclass(frozen=True)
class Repository:
    """A small repository with pages and a lab of its own, proven from outside as a person would."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def read(self, path: str) -> str:
        return (self.root / path).read_text()

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def edit(self, path: str, old: str, new: str) -> None:
        assert self.read(path).count(old) == 1, f"{path}: {old!r}"
        self.write(path, self.read(path).replace(old, new))

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(PROOFBOOK), *words],
            cwd=self.root,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )

    def start(self, *words: str, **environment: str) -> subprocess.Popen[bytes]:
        # whoever starts the tests in the background has them ignore Ctrl-C, and all that they start
        return subprocess.Popen(
            ["env", "--default-signal=INT", str(PROOFBOOK), *words],
            cwd=self.root,
            env={**self.environment, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def prove(self, *words: str, **environment: str) -> Outcome:
        outcome = self.root / "outcome.json"
        outcome.unlink(missing_ok=True)
        done = self.run("prove", "--json", str(outcome), *words, **environment)
        told = json.loads(outcome.read_text()) if outcome.exists() else {}
        return Outcome(done.returncode, done.stdout, told)

    def leftovers(self) -> list[str]:
        """Give what a run of this checkout left on the machine, its databases on an outside server aside."""
        of_run = marked("PROOFBOOK_RUN", checkout_key(self.root))
        inside = [process for process in psutil.process_iter(["cwd"]) if process.info["cwd"] == str(self.root)]
        folders = [path for path in [run_folder(self.root)] if path.exists()]
        return [str(entry) for entry in (*of_run, *inside, *folders)]


@dataclass(frozen=True)
class Outcome:
    """What `proofbook prove` told: its exit status, its text and its JSON."""

    status: int
    text: str
    told: dict[str, Any]

    def found(self, page: str = "") -> dict[str, str]:
        return {entry["id"].rpartition("::")[2]: entry["message"] for entry in self._of(page, "findings")}

    def waived(self, page: str = "") -> dict[str, str]:
        return {entry["id"].rpartition("::")[2]: entry["reason"] for entry in self._of(page, "waived")}

    def not_run(self, page: str = "") -> dict[str, str]:
        return {entry["id"].rpartition("::")[2]: entry["reason"] for entry in self._of(page, "not_run")}

    def _of(self, page: str, kind: str) -> list[dict[str, str]]:
        return [entry for entry in self.told[kind] if entry["id"].startswith(page)]


def copy_tiny(target: Path) -> Path:
    shutil.copytree(CASES / "tiny", target)
    settings = target / "pyproject.toml"
    settings.write_text(settings.read_text().replace("PYTHON", str(LAB_PYTHON)))
    return target


def proven_once(place: Path, prove: Callable[[Path], Outcome]) -> tuple[Path, Outcome]:
    """Prove below ``place``; of the workers of one test run the first does it and the others wait for its outcome."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent.parent / place.name.rstrip("0123456789")
    place.mkdir(exist_ok=True)
    kept = place / "kept.json"
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_text(json.dumps(asdict(prove(place / "tiny"))))
    return place / "tiny", Outcome(**json.loads(kept.read_text()))
