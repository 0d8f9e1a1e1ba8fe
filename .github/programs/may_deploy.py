#!/usr/bin/env python3
"""Tells whether a commit may go to an environment, and says why not.

usage: may_deploy.py    with ENVIRONMENT, COMMIT, AFTER, APPROVAL, BRANCH, GITHUB_REPOSITORY, and GitHub's `gh`

It is on BRANCH; where AFTER names an environment, a deployment there of this very commit has ended well; where
APPROVAL is true, GitHub asks a person before ENVIRONMENT. What GitHub does not answer is not taken for a yes.

Exit codes: 0 it may, 1 it may not, 2 could not tell.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

ON_IT = {"identical", "behind"}  # as GitHub says of a branch and a commit


class CouldNotTell(Exception):  # noqa: N818
    """What was asked got no answer."""


def main() -> int:
    """Ask everything, and tell all that stands against it."""
    try:
        environment, commit = given("ENVIRONMENT"), given("COMMIT")
        against = [
            *not_on(given("BRANCH"), commit),
            *(not_run_in(os.environ["AFTER"], commit) if os.environ.get("AFTER") else ()),
            *(not_approved(environment) if given("APPROVAL") == "true" else ()),
        ]
    except CouldNotTell as reason:
        print(f"may_deploy: could not tell: {reason}", file=sys.stderr)
        return 2
    except (KeyError, TypeError) as reason:  # an answer of another form
        print(f"may_deploy: could not tell: {type(reason).__name__}: {reason}", file=sys.stderr)
        return 2
    for each in against:
        print(f"::error title={commit[:12]} may not go to {environment}::{each}")
    if not against:
        print(f"{commit[:12]} may go to {environment}")
    return 1 if against else 0


def given(name: str) -> str:
    """Give a variable that must say something."""
    value = os.environ.get(name)
    if not value:
        raise CouldNotTell(f"{name} is not set")
    return value


def not_on(branch: str, commit: str) -> list[str]:
    """Say so if the commit is not on the branch that everybody reviews."""
    if ask(f"compare/{branch}...{commit}")["status"] in ON_IT:
        return []
    return [f"it is not on {branch}; merge it first"]


# --8<-- [start:not_run_in]
def not_run_in(environment: str, commit: str) -> list[str]:
    """Say so if no deployment of this commit to that environment has ended well."""
    for each in ask(f"deployments?environment={environment}&sha={commit}&per_page=100"):
        if any(status["state"] == "success" for status in ask(f"deployments/{each['id']}/statuses?per_page=100")):
            return []
    return [f"{environment} has not run it; deploy this commit there first"]


# --8<-- [end:not_run_in]


# --8<-- [start:not_approved]
def not_approved(environment: str) -> list[str]:
    """Say so if nobody would be asked: the workflow only names the environment, who is asked is a setting."""
    rules = ask(f"environments/{environment}").get("protection_rules", [])
    if any(each["type"] == "required_reviewers" and each.get("reviewers") for each in rules):
        return []
    return [f"{environment} asks nobody; add required reviewers under Settings, Environments, {environment}"]


# --8<-- [end:not_approved]


def ask(path: str) -> Any:
    """Ask GitHub about this repository."""
    words = ["gh", "api", f"repos/{given('GITHUB_REPOSITORY')}/{path}"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError as error:
        raise CouldNotTell(f"gh cannot be started: {error.strerror}") from None
    if done.returncode:
        raise CouldNotTell(f"{path}: {done.stderr.strip()}")
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise CouldNotTell(f"{path}: the answer is not JSON: {done.stdout[:80]!r}") from None


if __name__ == "__main__":
    sys.exit(main())
