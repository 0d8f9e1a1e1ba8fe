"""Checkouts in which a step of a workflow takes seconds: the doors as they are here, and little behind them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from tests.repository import CASES, ROOT, Repository

DOORS = (
    ".ci", ".github", ".gitignore", ".pre-commit-config.yaml", "action.yml", "pyproject.toml", "requirements",
    "scripts/build", "scripts/hooks", "scripts/lab", "scripts/prove", "scripts/prove_on", "scripts/prove_on.py",
    "scripts/set_up.py", "scripts/setup", "scripts/test", "lab/.github", "tests/browser/package.json",
    "tests/browser/package-lock.json", "tests/browser/.npmrc",
)  # fmt: skip
SET_UP = (
    ".gitignore", "LICENSE", "pyproject.toml", "requirements", "scripts/set_up.py", "scripts/setup",
    "src/proofbook/__init__.py",
)  # fmt: skip
STEERING = ("GIT_", "PROOFBOOK", "PYTEST", "PYTHON", "PG", "GITHUB", "RUNNER", "VIRTUAL_ENV", "COVERAGE")
# what scripts/set_up.py compares, by that program itself: an environment of these requirements need not be made
STAMPS = """
import sys
sys.path.insert(0, "scripts")
import set_up
variant = set_up.ROOT / ".venv-lab-psycopg2"
(set_up.SITE / set_up.STAMP).write_text(set_up.stamp_text(["site.txt", "checks.txt"], sys.executable))
for place, name in ((set_up.LAB, "lab-django52.txt"), (variant, "lab-psycopg2.txt")):
    python, wanted = set_up.lab_python_and_place(place)
    assert wanted == place, f"{wanted}: out of reach of the sandboxes' user: set TMPDIR"
    (place / set_up.STAMP).write_text(set_up.stamp_text([name], python))
"""
GIT = ["git", "-c", "user.name=runner", "-c", "user.email=runner@example.com", "-c", "commit.gpgsign=false"]
TESTS = '''\
"""One quick test and one slow one."""

import pytest


def test_quick() -> None:
    assert sorted("ba") == ["a", "b"]


@pytest.mark.slow
def test_slow() -> None:
    assert sorted("dc") == ["c", "d"]
'''
# hooks that look at the doors; the others need all pages, or the lab
KEPT_HOOKS = {"ruff", "ruff-format", "shellcheck", "zizmor", "workflows", "action", "proofbook-fences"}


@dataclass(frozen=True)
class Checkout(Repository):
    """A repository that a runner has checked out, and what the runner gives to its steps."""

    def git(self, *words: str) -> str:
        done = subprocess.run(
            [*GIT, *words], cwd=self.root, env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def apply(self, patch: Path, folder: str) -> None:
        self.git("apply", f"--directory={folder}", str(patch))

    @contextmanager
    def as_it_is_now(self) -> Iterator[None]:
        """Let something be broken, and have everything as it was afterwards; what git ignores is left."""
        head = self.git("rev-parse", "HEAD")
        try:
            yield
        finally:
            self.git("reset", "--hard", "--quiet", head)
            self.git("clean", "--force", "-d", "--quiet")


@contextmanager
def new_checkout(*paths: str) -> Iterator[Checkout]:
    """Give a folder with these files of this repository, where the sandboxes' user may enter."""
    place = Path(tempfile.mkdtemp(prefix="pb-steps-")).resolve()
    place.chmod(0o755)
    root = place / "checkout"
    root.mkdir()
    if paths:
        copy_tracked(paths, root)
    try:
        yield Checkout(root, runner_environment(place))
    finally:
        shutil.rmtree(place)


def copy_tracked(paths: Iterable[str], target: Path) -> None:
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *paths]
    for path in subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0"):
        if path and (ROOT / path).is_file():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, target / path)


def runner_environment(place: Path) -> dict[str, str]:
    """Give the environment of a runner: both names of Python, folders of its own, and nothing that steers our tests."""
    for name in ("bin", "temp"):
        (place / name).mkdir()
    base = Path(sys._base_executable)
    for name in ("python", "python3"):
        (place / "bin" / name).symlink_to(base)
    plain = {name: value for name, value in os.environ.items() if not name.startswith(STEERING)}
    return plain | {
        "CI": "true", "GITHUB_ACTIONS": "true", "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
        "GITHUB_WORKSPACE": str(place / "checkout"), "RUNNER_TEMP": str(place / "temp"),
        "GITHUB_STEP_SUMMARY": str(place / "summary.md"),
    }  # fmt: skip


def borrow_environments(checkout: Checkout) -> None:
    """Let the checkout have this one's environments, as folders of links: the set-up may clear them."""
    for name, source in ((".venv", ".venv"), (".venv-lab", ".venv-lab"), (".venv-lab-psycopg2", ".venv-lab")):
        (checkout.root / name).mkdir()
        for entry in (ROOT / source).resolve().iterdir():
            if entry.name != "proofbook-stamp":
                (checkout.root / name / entry.name).symlink_to(entry)
    subprocess.run(["python3", "-c", STAMPS], cwd=checkout.root, env=checkout.environment, check=True)


@contextmanager
def small_checkout() -> Iterator[Checkout]:
    """Give the doors of this repository before two pages, two tests and two modules."""
    with new_checkout(*DOORS) as checkout:
        for name in ("docs", "lab", "runbooks"):
            shutil.copytree(CASES / "tiny" / name, checkout.root / name, dirs_exist_ok=True)
        settings, _, others = checkout.read("pyproject.toml").partition("[tool.proofbook]")
        tiny = (CASES / "tiny/pyproject.toml").read_text().replace("PYTHON", ".venv-lab/bin/python")
        others = others[others.index("\n[tool.pytest]") :]
        checkout.write("pyproject.toml", f"{settings}{tiny}{others}")
        for page in ("README.md", "docs/index.md"):
            checkout.write(page, "# A small repository\n")
        checkout.write("mkdocs.yml", "site_name: Small\ntheme: {name: material, font: false}\nplugins: []\n")
        checkout.write("src/proofbook/__init__.py", '"""One module."""\n')
        checkout.write("tests/test_small.py", TESTS)
        hooks = yaml.safe_load(checkout.read(".pre-commit-config.yaml"))
        [local] = hooks["repos"]
        local["hooks"] = [hook for hook in local["hooks"] if hook["id"] in KEPT_HOOKS]
        checkout.write(".pre-commit-config.yaml", yaml.safe_dump(hooks))
        borrow_environments(checkout)
        checkout.git("init", "--quiet", "--initial-branch=main")
        checkout.commit("a small repository")
        yield checkout


@contextmanager
def lab_checkout() -> Iterator[Checkout]:
    """Give the doors before the lab and its runbooks, with a commit behind the one that brought them."""
    with new_checkout(*DOORS, "lab", "runbooks") as checkout:
        borrow_environments(checkout)
        checkout.git("init", "--quiet", "--initial-branch=main")
        checkout.commit("the lab")
        checkout.commit("and nothing else")
        yield checkout


@contextmanager
def bare_checkout() -> Iterator[Checkout]:
    """Give the set-up, nothing that it has made, and of the requirements so many as its own steps need."""
    with new_checkout(*SET_UP) as checkout:
        for name, packages in BARE.items():
            locked = checkout.read(f"requirements/{name}")
            checkout.write(f"requirements/{name}", "".join(locks_of(locked, packages)))
        checkout.git("init", "--quiet", "--initial-branch=main")
        checkout.commit("the set-up")
        yield checkout


@contextmanager
def checkout_of_nothing() -> Iterator[Checkout]:
    """Give an empty folder, on a machine where `sudo` lets nothing be changed."""
    with new_checkout() as checkout:
        sudo = checkout.root.parent / "bin/sudo"
        sudo.write_text(SUDO)
        sudo.chmod(0o755)
        checkout.git("init", "--quiet", "--initial-branch=main")
        checkout.commit("nothing")
        yield checkout


SUDO = """\
#!/bin/sh
# the real program reads the words, and says what it would do
[ "$1" = apt-get ] || { echo "sudo: $1: not found" >&2; exit 127; }
shift
case " $* " in
  *" update "*) exec apt-get "$@" --print-uris ;;
  *) exec apt-get "$@" --simulate ;;
esac
"""
# what builds a package without isolation, a linter, and what the lab needs first
BARE = {
    "site.txt": ("editables", "hatchling", "packaging", "pathspec", "pluggy", "tomlkit", "trove-classifiers"),
    "checks.txt": ("cfgv",),
    "lab-django52.txt": ("sqlparse",),
}


def locks_of(text: str, packages: Iterable[str]) -> Iterator[str]:
    """Give the lines by which these packages are held."""
    for name in packages:
        found = re.search(rf"^{re.escape(name)}==\S+(?: ;[^\n]*)?(?: \\\n +--hash=\S+)+\n", text, re.MULTILINE)
        assert found, name
        yield found[0]


CHECKOUTS = {"machine": checkout_of_nothing, "bare": bare_checkout, "small": small_checkout, "lab": lab_checkout}


@contextmanager
def checkouts_on_demand() -> Iterator[Callable[[str], Checkout]]:
    """Give what gives a checkout by its name; each is made once, and keeps what it has prepared."""
    with ExitStack() as stack:
        yield cache(lambda name: stack.enter_context(CHECKOUTS[name]()))
