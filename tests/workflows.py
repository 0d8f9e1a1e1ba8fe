"""Runs the steps of a workflow's job with the environment that GitHub would give them, but here."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tests.repository import ROOT

PIPELINE = ROOT / "lab/bin/pipeline"
PYTHON = ROOT / ".venv-lab/bin/python"
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
ENDED = {"✓ {}": "passed", "- {}: not run": "not run"}


@dataclass(frozen=True)
class Told:
    """How a job ended: its status, all that it printed, and the names of its steps."""

    status: int
    output: str
    names: tuple[str, ...]

    @property
    def steps(self) -> dict[str, str]:
        """Give the steps that were told of, in order, each with how it ended."""
        found = {}
        for line in self.output.splitlines():
            for name in self.names:
                if line.startswith(f"✗ {name}: exit code "):
                    found[name] = "failed"
                found.update((name, end) for form, end in ENDED.items() if line == form.format(name))
        return found

    @property
    def red(self) -> list[str]:
        return [name for name, end in self.steps.items() if end == "failed"]


def read_workflow(name: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / ".github/workflows" / name).read_text("utf-8"))


def read_action() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))


def inputs_of(workflow: dict[str, Any], given: Mapping[str, Any]) -> dict[str, str]:
    """Give the inputs of a reusable workflow as they are when it is called with these; only known ones may be."""
    declared = workflow[True]["workflow_call"]["inputs"]  # YAML takes `on` for true
    assert set(given) <= set(declared), set(given) - set(declared)
    values = {name: given.get(name, each.get("default")) for name, each in declared.items()}
    assert None not in values.values(), values
    return {f"inputs.{name}": str(value).lower() if value in (True, False) else value for name, value in values.items()}


def environment_of(job: dict[str, Any], contexts: Mapping[str, str]) -> dict[str, str]:
    """Fill in what GitHub would; an expression that nobody has given a value is an error."""
    return {name: EXPRESSION.sub(lambda m: contexts[m[1]], str(value)) for name, value in job.get("env", {}).items()}


def run_job(workflow: Path, job: str, *, cwd: Path, environment: Mapping[str, str]) -> Told:
    """Run the ``run:`` steps of a job, without a lab."""
    done = subprocess.run(
        [PYTHON, PIPELINE, "--file", workflow, job],
        cwd=cwd, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    return Told(done.returncode, done.stdout, names_of(yaml.safe_load(workflow.read_text("utf-8")), job))


def names_of(workflow: dict[str, Any], job: str) -> tuple[str, ...]:
    return tuple(step["name"] for step in workflow["jobs"][job]["steps"] if "run" in step)
