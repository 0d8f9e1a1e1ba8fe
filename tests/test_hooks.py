"""The hooks, called by pre-commit itself, in a repository that never heard of us and uses ours."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.repository import CASES, LAB_PYTHON, PROOFBOOK, ROOT
from tests.wiring import is_called
from tests.workflows import read_action

from proofbook.copilot.checking import READ, READ_BELOW
from proofbook.copilot.files import files_for, shelf_for
from proofbook.copilot.guide import GUIDE
from proofbook.copilot.shelf import ALONG, ARCHIVE
from proofbook.site.edition import read_edition

PRE_COMMIT = Path(sys.executable).parent / "pre-commit"
OURS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
ASKED_ABOUT = next(hook["files"] for hook in OURS if hook["id"] == "proofbook-copilot")
MODELS = """\
from django.db import models


class Item(models.Model):
    name = models.CharField(max_length=20)
"""
SETTINGS = """\
import os

SECRET_KEY = "only-here"
INSTALLED_APPS = ["stock"]
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ.get("DB_NAME", "nowhere")}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""
EMPTY = """\
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("stock", "{parent}")]
"""
MANAGE = """\
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
from django.core.management import execute_from_command_line

execute_from_command_line(sys.argv)
"""
MANIFEST = """\
[environments.prod]
settings = "shop.settings"

[variables.DB_NAME]
about = "which database"
type = "text"
required = true
"""


class Shop:
    """A small Django project under git, with an environment of its own beside it."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder, self.home = folder, home
        for path, text in {
            "manage.py": MANAGE, "shop/__init__.py": "", "shop/settings.py": SETTINGS, "stock/__init__.py": "",
            "stock/models.py": MODELS, "stock/migrations/__init__.py": "", "stock/prices.py": "VAT = 19\n",
            "environment.toml": MANIFEST, "prod.env": "DB_NAME=shop\n", "README.md": "# Shop\n",
            ".gitignore": ".venv\n__pycache__\n",
        }.items():  # fmt: skip
            self.write(path, text)
        python = folder / ".venv/bin/python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\necho started >> "$STARTS"\nexec {LAB_PYTHON} "$@"\n')
        python.chmod(0o755)
        self.git("init", "--quiet")
        self.python("manage.py", "makemigrations", "--verbosity", "0")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "A shop")

    @property
    def environment(self) -> dict[str, str]:
        own = {name: f"{each}@shop.example" if name.endswith("EMAIL") else each for name, each in (
            ("GIT_AUTHOR_NAME", "Sam"), ("GIT_AUTHOR_EMAIL", "sam"),
            ("GIT_COMMITTER_NAME", "Sam"), ("GIT_COMMITTER_EMAIL", "sam"),
        )}  # fmt: skip
        plain = {
            name: each for name, each in os.environ.items() if not name.startswith(("PRE_COMMIT", "GIT_", "PYTHON"))
        }
        plain.pop("VIRTUAL_ENV", None)
        return {
            **plain,
            **own,
            "PRE_COMMIT_HOME": str(self.home),
            "STARTS": str(self.starts),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    @property
    def starts(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.starts")

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, check=False, timeout=500,
        )  # fmt: skip

    def git(self, *words: str) -> str:
        done = self.run("git", *words)
        assert done.returncode == 0, done.stdout
        return done.stdout.strip()

    def python(self, *words: str) -> None:
        done = self.run(self.folder / ".venv/bin/python", *words)
        assert done.returncode == 0, done.stdout

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def commit(self, *paths: str) -> tuple[int, str]:
        """Commit these paths; give how it ended and what the hooks have said. Starts of Python are counted anew."""
        self.starts.write_text("")
        self.git("add", "--", *paths)
        done = self.run("git", "commit", "--message", "A change")
        return done.returncode, done.stdout

    def share(self, others: Path) -> None:
        """Give what is committed to others, by a remote whose default branch it becomes."""
        subprocess.run(["git", "init", "--quiet", "--bare", others], check=True)
        self.git("remote", "add", "origin", str(others))
        self.git("push", "--quiet", "origin", "HEAD:trunk")
        self.git("remote", "set-head", "origin", "trunk")

    def use(self, hooks: Path, *names: dict[str, object]) -> None:
        rev = subprocess.run(["git", "rev-parse", "HEAD"], cwd=hooks, capture_output=True, text=True, check=True)
        repo = {"repo": str(hooks), "rev": rev.stdout.strip(), "hooks": list(names)}
        self.write(".pre-commit-config.yaml", yaml.safe_dump({"repos": [repo]}))
        self.git("add", ".pre-commit-config.yaml")
        self.git("commit", "--quiet", "--message", "Hooks")
        done = self.run(PRE_COMMIT, "install")
        assert done.returncode == 0, done.stdout


def verdicts(said: str) -> dict[str, str]:
    """Give each hook's last word."""
    return dict(re.findall(r"^(\S.*?)\.{3,}(?:\(no files to check\))?(\w+)$", said, re.MULTILINE))


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give this repository as it is now, committed, as pre-commit clones it."""
    place = tmp_path_factory.mktemp("hooks") / "proofbook"
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for path in subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0"):
        if path and (ROOT / path).is_file():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, place / path)
    own = ["-c", "user.name=a", "-c", "user.email=a@b.example"]
    for words in (["init", "--quiet"], ["add", "--all"], [*own, "commit", "--quiet", "--message", "as it is"]):
        subprocess.run(["git", *words], cwd=place, check=True, capture_output=True)
    return place


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture
def shop(tmp_path: Path, home: Path) -> Shop:
    return Shop(tmp_path / "shop", home)


MIGRATIONS = "models and migrations agree"
ENVIRONMENT = "the variables of an environment are whole"
FENCES = "fences of Markdown pages are what they look like"
COPILOT = "instructions for coding agents are true"
PROD = {"id": "proofbook-environment", "args": ["--environment", "prod", "--env-file", "prod.env"]}


def test_every_hook_names_a_program_that_is_there():
    scripts = [hook["entry"] for hook in OURS if hook["language"] == "script"]

    assert [hook["id"] for hook in OURS] == [
        "proofbook-migrations", "proofbook-environment", "proofbook-fences", "proofbook-copilot",
    ]  # fmt: skip
    assert scripts
    assert all(os.access(ROOT / entry, os.X_OK) for entry in scripts)
    assert all(
        re.search(r"\bproofbook (lint|copilot)\b", hook["entry"]) for hook in OURS if hook["language"] == "python"
    )


@pytest.mark.parametrize("path", [*READ, *(f"{folder}/a/b.md" for folder in (*READ_BELOW, ALONG)), ARCHIVE])
def test_the_hook_is_asked_about_all_that_the_check_reads(path):
    assert re.search(ASKED_ABOUT, path)


@pytest.mark.parametrize(
    "path", ["README.md", "docs/AGENTS.md.txt", "src/a.md", ".github/workflows/deploy.yml", "docs/proofbook.md"]
)
def test_the_hook_is_not_asked_about_anything_else(path):
    assert not re.search(ASKED_ABOUT, path)


def test_our_own_hook_is_asked_about_all_that_is_written_here_and_all_that_it_is_made_from():
    ours = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"][0]["hooks"]
    asked_about = next(hook["files"] for hook in ours if hook["id"] == "proofbook-copilot")
    edition = read_edition(ROOT)
    written = [each.path for each in files_for(edition, ROOT, shelf_for(edition, ROOT))]
    made_from = [*edition.pages, *(f"runbooks/{name}.py" for name in edition.runbooks)]

    assert GUIDE in written
    assert {"CLAUDE.md", "AGENTS.md"} <= set(READ)
    below = [f"{folder}/a/b.md" for folder in READ_BELOW]
    missed = [path for path in (*written, *READ, *below, *made_from) if not re.search(asked_about, path)]
    assert set(missed) <= {"README.md"}


def test_our_own_hooks_are_asked_by_the_pipeline_for_all_files():
    assert is_called(".venv/bin/pre-commit run --all-files", (ROOT / ".ci/run").read_text())


@pytest.mark.slow
@pytest.mark.lesson("commit-the-migration")
def test_a_forgotten_migration_is_stopped_at_the_commit(shop, hooks):
    shop.use(hooks, {"id": "proofbook-migrations"})
    shop.write("stock/models.py", MODELS.replace("20", "40"))

    forgotten, said = shop.commit("stock")
    shop.python("manage.py", "makemigrations", "--verbosity", "0", "--name", "longer")
    left_out, told = shop.commit("stock/models.py")
    whole, last = shop.commit("stock")

    assert (forgotten, verdicts(said)) == (1, {MIGRATIONS: "Failed"}), said
    assert "MIG106 stock: Alter field name on item is in the models and in no migration" in said
    assert (left_out, verdicts(told)) == (1, {MIGRATIONS: "Failed"}), told
    assert "not in this commit: stock/migrations/0002_longer.py" in told
    assert (whole, verdicts(last)) == (0, {MIGRATIONS: "Passed"}), last


@pytest.mark.slow
def test_a_migration_that_others_have_is_left_as_it_is(shop, hooks, tmp_path):
    shop.use(hooks, {"id": "proofbook-migrations"})
    first, second, own = (f"stock/migrations/{name}.py" for name in ("0001_initial", "0002_nothing", "0003_own"))
    shop.write(second, EMPTY.format(parent="0001_initial"))
    shop.git("add", second)
    shop.git("commit", "--quiet", "--no-verify", "--message", "Nothing")
    shop.share(tmp_path / "others.git")
    shop.write(own, EMPTY.format(parent="0002_nothing"))
    mine, said = shop.commit(own)

    shop.write(own, EMPTY.format(parent="0002_nothing") + "    atomic = False\n")
    edited, told = shop.commit(own)
    longer(shop)
    in_both, at_once = shop.commit("stock")
    shop.git("reset", "--quiet", "--hard")
    shop.write(own, EMPTY.format(parent="0001_initial"))
    shop.git("commit", "--quiet", "--no-verify", "--message", "Elsewhere", own)
    (shop.folder / second).unlink()
    gone, alone = shop.commit(second)

    assert (mine, edited) == (0, 0), said + told
    assert (in_both, verdicts(at_once)) == (1, {MIGRATIONS: "Failed"}), at_once
    assert re.search(rf"{first}:\d+: error MIG112 0001_initial.py is not as in [0-9a-f]+: ", at_once), at_once
    assert "MIG106" not in at_once
    assert (gone, verdicts(alone)) == (1, {MIGRATIONS: "Failed"}), alone
    # git takes it for renamed: the others are as empty
    assert re.search("error MIG112 0002_nothing.py of [0-9a-f]+ (is deleted|has another name)", alone), alone


def longer(shop: Shop) -> None:
    """Edit the first migration, and the model with it: they agree."""
    for path in ("stock/migrations/0001_initial.py", "stock/models.py"):
        shop.write(path, (shop.folder / path).read_text().replace("20", "40"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("known", "flags", "wanted"),
    [
        ([], [], (0, "it is not said what is deployed")),
        (["tag"], [], (1, "0001_initial.py is not as in v1")),
        (["tag", "branch"], [], (0, "✓ untouched")),
        (["tag", "branch"], ["--since", "v1"], (1, "0001_initial.py is not as in v1")),
    ],
    ids=["nothing to compare with", "the last tag", "what others have is newer", "as told"],
)
def test_what_is_compared_with_is_what_others_have_unless_it_is_told(shop, tmp_path, known, flags, wanted):
    if "tag" in known:
        shop.git("tag", "v1")
    longer(shop)
    if "branch" in known:
        shop.git("commit", "--quiet", "--all", "--message", "Longer")
        shop.share(tmp_path / "others.git")

    done = shop.run(ROOT / "scripts/hooks/migrations", *flags)

    assert (done.returncode, wanted[1] in done.stdout) == (wanted[0], True), done.stdout


@pytest.mark.slow
def test_a_commit_without_python_starts_nothing_of_the_project(shop, hooks):
    shop.use(hooks, {"id": "proofbook-migrations"}, PROD)
    shop.write("README.md", "# The shop\n")

    ended, said = shop.commit("README.md")

    assert (ended, verdicts(said)) == (0, {MIGRATIONS: "Passed", ENVIRONMENT: "Skipped"}), said
    assert shop.starts.read_text() == ""


@pytest.mark.slow
def test_who_asks_about_all_files_is_told_of_a_forgotten_migration_whatever_is_staged(shop, hooks):
    shop.use(hooks, {"id": "proofbook-migrations"})
    shop.write("stock/migrations/0002_own.py", EMPTY.format(parent="0001_initial"))
    shop.write("README.md", "# The shop\n")
    shop.git("add", "README.md")

    done = shop.run(PRE_COMMIT, "run", "--all-files")

    assert (done.returncode, verdicts(done.stdout)) == (1, {MIGRATIONS: "Failed"}), done.stdout
    assert "not in this commit: stock/migrations/0002_own.py" in done.stdout


@pytest.mark.slow
def test_a_commit_that_touches_no_model_starts_the_project_once(shop, hooks):
    shop.use(hooks, {"id": "proofbook-migrations"}, PROD)
    shop.write("stock/prices.py", "VAT = 7\n")

    ended, said = shop.commit("stock/prices.py")

    assert (ended, verdicts(said)) == (0, {MIGRATIONS: "Passed", ENVIRONMENT: "Skipped"}), said
    assert len(shop.starts.read_text().splitlines()) == 1, said


@pytest.mark.slow
def test_a_project_that_does_not_start_stops_the_commit_and_says_that_nothing_was_checked(shop, hooks):
    shop.use(hooks, {"id": "proofbook-migrations"})
    shop.write("shop/settings.py", SETTINGS.replace('"stock"', '"gone"'))

    ended, said = shop.commit("shop")

    assert (ended, verdicts(said)) == (1, {MIGRATIONS: "Failed"}), said
    assert "gone" in said
    assert "Passed" not in said


@pytest.mark.slow
def test_a_variable_that_is_missing_is_stopped_at_the_commit(shop, hooks):
    shop.use(hooks, PROD)
    shop.write("prod.env", "DB_NAME=\n")

    ended, said = shop.commit("prod.env")

    assert (ended, verdicts(said)) == (1, {ENVIRONMENT: "Failed"}), said
    assert "DB_NAME is empty" in said


@pytest.mark.slow
def test_a_fence_that_nobody_sees_and_instructions_that_have_drifted_are_stopped_at_the_commit(shop, hooks):
    """These two hooks are installed by pre-commit, from the package index."""
    shop.use(hooks, {"id": "proofbook-fences"}, {"id": "proofbook-copilot"})
    written = subprocess.run([PROOFBOOK, "copilot", "--into", shop.folder], cwd=ROOT, check=True, capture_output=True)
    whole, said = shop.commit(".")
    shop.write("README.md", '# Shop\n\n```bash title="T" {exit=1}\nls\n```\n')
    instructions = (shop.folder / "AGENTS.md").read_text()
    shop.write("AGENTS.md", instructions.replace("](", "](gone/"))

    broken, told = shop.commit(".")

    assert written.returncode == 0
    assert (whole, verdicts(said)) == (0, {FENCES: "Passed", COPILOT: "Passed"}), said
    assert (broken, verdicts(told)) == (1, {FENCES: "Failed", COPILOT: "Failed"}), told
    assert "README.md:3: this opens no fence" in told
    assert "AGENTS.md" in told


@pytest.mark.slow
def test_three_commands_are_enough_for_a_repository_that_never_heard_of_us(shop, hooks, tmp_path):
    for words in (
        ["hooks", "--into", shop.folder, "--from", hooks],
        ["copilot", "--into", shop.folder],
        ["action", "--into", shop.folder, "--from", "https://github.com/team/proofbook"],
    ):
        subprocess.run([PROOFBOOK, *words], cwd=hooks, env=shop.environment | AS_HERE, check=True, capture_output=True)
    done = shop.run(PRE_COMMIT, "install")
    whole, first = shop.commit(".")
    shop.write("stock/models.py", MODELS.replace("20", "40"))
    forgotten, said = shop.commit("stock")

    assert done.returncode == 0, done.stdout
    assert (whole, verdicts(first)) == (0, {MIGRATIONS: "Passed", FENCES: "Passed", COPILOT: "Passed"}), first
    assert (forgotten, verdicts(said)[MIGRATIONS]) == (1, "Failed"), said
    summary = after_a_failed_deployment(shop, tmp_path)
    assert "| 1 | [MIG101](https://github.com/team/proofbook/blob/" in summary


AS_HERE = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}


def after_a_failed_deployment(shop: Shop, temp: Path) -> str:
    """Do what the workflow that was written does when the deployment fails, and give the job's summary."""
    shop.write("bin/deploy", f"#!/bin/sh\ncat {CASES}/signatures/MIG101/migrate.log >&2\nexit 1\n")
    (shop.folder / "bin/deploy").chmod(0o755)
    steps = yaml.safe_load((shop.folder / ".github/workflows/deploy.yml").read_text())["jobs"]["deploy"]["steps"]
    _, deploy, name = steps
    given = shop.environment | AS_HERE | {"RUNNER_TEMP": str(temp), "GITHUB_STEP_SUMMARY": str(temp / "summary.md")}
    red = subprocess.run(["bash", "-eo", "pipefail", "-c", deploy["run"]], cwd=shop.folder, env=given, check=False)
    assert (red.returncode, name["if"], name["with"]["log"]) == (1, "failure()", "${{ runner.temp }}/deploy.log")
    slug, _, commit = name["uses"].partition("@")
    [diagnose] = [each for each in read_action()["runs"]["steps"] if each["name"] == "Diagnose"]
    (temp / "proofbook/bin").mkdir(parents=True)
    (temp / "proofbook/bin/proofbook").symlink_to(PROOFBOOK)
    given |= {"GITHUB_ACTION_PATH": str(ROOT), "LOG": str(temp / "deploy.log")}
    given |= {"PAGES_AT": f"https://github.com/{slug}/blob/{commit}"}
    subprocess.run(["bash", "-eo", "pipefail", "-c", diagnose["run"]], cwd=shop.folder, env=given, check=True)
    return (temp / "summary.md").read_text()
