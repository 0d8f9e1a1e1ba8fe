"""Makes the project that every sandbox copies: the lab and the runbooks, committed once."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from proofbook.errors import ProofbookError
from proofbook.lab.lab import MARK
from proofbook.lab.places import checkout_key
from proofbook.settings import Settings

NOT_COPIED = ("__pycache__", ".git", ".venv", ".depot", "staticfiles", "backups", ".env")
COMMIT = ("commit", "-q", "--allow-empty", "-m", "The lab as it is released")


def make_template_project(settings: Settings, target: Path) -> None:
    """Copy the lab to ``target``, put the runbooks beside it, and commit both.

    Raises ProofbookError when there is no lab.
    """
    lab, runbooks = settings.root / settings.lab, settings.root / settings.runbooks
    if not lab.is_dir():
        raise ProofbookError(str(lab), "the lab is not there", "set `lab` in [tool.proofbook]")
    shutil.copytree(lab, target, symlinks=True, ignore=shutil.ignore_patterns(*NOT_COPIED, *settings.leave_out))
    if runbooks.is_dir():
        shutil.copytree(runbooks, target / "runbooks", ignore=shutil.ignore_patterns(*NOT_COPIED))
    git = ["git", "-c", "user.name=Lab", "-c", "user.email=lab@example.test", "-c", "init.defaultBranch=main"]
    path = os.environ.get("PATH", "/usr/bin:/bin")
    # marked: a killed run's git would go on writing into a folder that has been swept
    mark = {MARK: checkout_key(settings.root)}
    environment = {"PATH": path, "HOME": str(target.parent), "GIT_CONFIG_NOSYSTEM": "1", **mark}
    # one pack and no sample hooks: every sandbox copies these files
    for words in (("init", "-q", "--template="), ("add", "-A"), COMMIT, ("repack", "-adq")):
        subprocess.run([*git, *words], cwd=target, check=True, env=environment, capture_output=True)
    (target / ".git" / "info").mkdir(exist_ok=True)
    (target / ".git" / "info" / "exclude").write_text("__pycache__/\n")
    # bytecode belongs to the template: sandboxes write none, and would compile the lab at every start
    compiling = [str(settings.lab_python), "-m", "compileall", "-q", "."]
    subprocess.run(compiling, cwd=target, check=False, env=environment, capture_output=True)


def tree_of(project: Path) -> str:
    """Give git's hash of the committed tree."""
    command = ["git", "rev-parse", "HEAD^{tree}"]
    return subprocess.run(command, cwd=project, capture_output=True, check=True, text=True).stdout.strip()
