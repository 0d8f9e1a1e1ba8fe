"""The steps that make a coding agent's machine ready, in the one form that is read."""

from __future__ import annotations

from pathlib import Path

SETUP_STEPS = ".github/workflows/copilot-setup-steps.yml"
JOB = "copilot-setup-steps"
HONOURED = frozenset({"steps", "permissions", "runs-on", "services", "snapshot", "timeout-minutes"})
LONGEST = 59
TEXT = """\
name: Copilot setup steps

on:
  workflow_dispatch:
  push:
    paths: [.github/workflows/copilot-setup-steps.yml]
  pull_request:
    paths: [.github/workflows/copilot-setup-steps.yml]

permissions:
  contents: read

jobs:
  copilot-setup-steps:
    runs-on: ubuntu-24.04
    timeout-minutes: 20
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2
        with:
          persist-credentials: false
      - uses: actions/setup-python@a309ff8b426b58ec0e2a45f0f869d46889d02405 # v6.2.0
        with:
          python-version: "3.12"
      - name: What the project needs
        run: {install}
"""
OURS = "scripts/setup --checks"
INSTALLS = {
    "scripts/setup": "scripts/setup",
    "uv.lock": "pip install uv && uv sync",
    "poetry.lock": "pip install poetry && poetry install",
    "requirements.txt": "pip install -r requirements.txt",
    "backend/requirements.txt": "pip install -r backend/requirements.txt",
    "pyproject.toml": "pip install -e .",
}


def setup_steps(root: Path, *, is_ours: bool = False) -> str | None:
    """Give the workflow for a repository, None where nothing tells how it is installed."""
    there = (command for path, command in INSTALLS.items() if (root / path).is_file())
    known = OURS if is_ours else next(there, None)
    return TEXT.format(install=known) if known else None
