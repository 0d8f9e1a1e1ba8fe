"""Runs the steps of a workflow's job with the environment that GitHub would give them, but here."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
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
    return {
        name: EXPRESSION.sub(lambda found: value_of(found[1], contexts), str(value))
        for name, value in job.get("env", {}).items()
    }


def value_of(expression: str, contexts: Mapping[str, str]) -> str:
    """Give the first of these values that is one: ``github.event.before || 'HEAD^'``."""
    values = [part[1:-1] if part.startswith("'") else contexts[part] for part in re.split(r"\s*\|\|\s*", expression)]
    return next(filter(None, values), values[-1])


def scripts_of(workflow: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Give job, the job itself and each of its steps that has a script; an action's are those of a job ``runs``."""
    for name, job in (workflow.get("jobs") or {"runs": workflow["runs"]}).items():
        yield from ((name, job, step) for step in job.get("steps", ()) if "run" in step)


def run_job(workflow: Path, job: str, *, cwd: Path, environment: Mapping[str, str], only: str = "") -> Told:
    """Run the ``run:`` steps of a job, or one of them, without a lab."""
    done = subprocess.run(
        [PYTHON, PIPELINE, "--file", workflow, *(["--only", only] if only else []), job],
        cwd=cwd, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    return Told(done.returncode, done.stdout, names_of(yaml.safe_load(workflow.read_text("utf-8")), job))


def run_step(place: str, *, cwd: Path, environment: Mapping[str, str], contexts: Mapping[str, str]) -> Told:
    """Run one step of a workflow, ``FILE: JOB: STEP``, with all that the workflow, its job and the step itself set."""
    file, job, name = place.split(": ", 2)
    workflow = read_workflow(file)
    [step] = [step for _, _, step in scripts_of(workflow) if step["name"] == name]
    own = {
        each: value
        for part in (workflow, workflow["jobs"][job], step)
        for each, value in environment_of(part, contexts).items()
    }
    given = {**environment, **own}
    return run_job(ROOT / ".github/workflows" / file, job, cwd=cwd, environment=given, only=name)


def names_of(workflow: dict[str, Any], job: str) -> tuple[str, ...]:
    return tuple(step["name"] for step in workflow["jobs"][job]["steps"] if "run" in step)
