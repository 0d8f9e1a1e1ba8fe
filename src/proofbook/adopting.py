"""Writes into another repository what it needs to use this one: the hooks, and the action that names a fault."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from proofbook.errors import ProofbookError, writing

GITHUB = re.compile(r"github\.com[:/](?P<slug>[\w.-]+/[\w.-]+?)(?:\.git)?/?$")
# the user of an ssh address is no secret, and is needed
WITH_TOKEN = re.compile(r"^(?P<scheme>https?://)[^/\s]*@")
HOOKS = """\
# Before a commit: `pre-commit install` makes git call them.
repos:
  - repo: {address}
    rev: {commit}
    hooks:
      - id: proofbook-migrations
        # args: [--project, backend]  # the folder of manage.py, if it is not this one
      # where there is an environment.toml, with the environment and the file that will be deployed:
      # - id: proofbook-environment
      #   args: [--environment, prod, --env-file, prod.env]
      - id: proofbook-fences
      - id: proofbook-copilot
"""
ACTION = """\
# Deploys, and when that fails, names the fault and its page in the job's summary.
name: deploy

on:
  workflow_dispatch:

permissions:
  contents: read

jobs:
  deploy:
    runs-on: ubuntu-24.04
    timeout-minutes: 60
    steps:
      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2
        with:
          persist-credentials: false
      - name: Deploy
        shell: bash
        run: bin/deploy 2>&1 | tee "$RUNNER_TEMP/deploy.log"  # whatever deploys here
      - name: Name the fault
        if: failure()
        uses: {slug}@{commit}
        with:
          log: ${{{{ runner.temp }}}}/deploy.log
"""


@dataclass(frozen=True, slots=True)
class Source:
    """Where others get this repository from, and the commit that they get."""

    address: str
    commit: str

    @property
    def slug(self) -> str:
        """OWNER/NAME, as a workflow calls it.

        Raises ProofbookError when it is not on GitHub.
        """
        found = GITHUB.search(self.address)
        if found is None:
            hint = "name its address there: --from https://github.com/OWNER/NAME"
            raise ProofbookError(self.address, "is not on GitHub, so no workflow can use an action of it", hint)
        return found["slug"]


def source_of(root: Path, address: str = "") -> Source:
    """Give where this checkout comes from.

    Raises ProofbookError when it is no checkout, or comes from nowhere.
    """
    commit = _git(root, "rev-parse", "HEAD")
    if not commit:
        raise ProofbookError(str(root), "is no checkout, so nothing can be pinned", "call it from a git clone")
    known = address or _git(root, "remote", "get-url", "origin")
    if not known:
        raise ProofbookError(str(root), "comes from nowhere", "name its address: --from URL")
    return Source(WITH_TOKEN.sub(r"\g<scheme>", known), commit)


def _git(root: Path, *words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)
    except OSError as error:
        raise ProofbookError("git", f"cannot be run: {error.strerror}", "install git") from None
    return done.stdout.strip() if done.returncode == 0 else ""


def write(target: Path, path: str, text: str) -> bool:
    """Write a file that is not there yet; give whether it was written, or is there as it would be.

    Raises ProofbookError when another is there, which is somebody's own, or when it cannot be written.
    """
    file = target / path
    with writing(file, "move away what is in its place, or name another repository"):
        if file.is_file() and file.read_bytes() == text.encode():
            return False
        if file.exists():
            raise ProofbookError(str(file), "is there already and is left as it is", f"add this to it:\n\n{text}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return True
