"""Opens a shell for a person in a sandbox, healthy or broken, and finds the page of a fault."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator

from proofbook.commands._shared import end_undisturbed
from proofbook.errors import ProofbookError
from proofbook.lab.lab import Lab
from proofbook.lab.programs import as_user
from proofbook.lab.sandbox import Sandbox
from proofbook.pages.page import Page
from proofbook.pages.page_format import known
from proofbook.pages.reading import readable_pages
from proofbook.proof.evidence import fresh_sandbox
from proofbook.proof.fault_module import injected
from proofbook.settings import Settings

BASH = ("bash", "--noprofile", "--norc")


def fault_pages(settings: Settings) -> dict[str, Page]:
    """Give every fault page by its code."""
    return {str(page.fault): page for page in readable_pages(settings) if page.fault}


def fault_page(settings: Settings, code: str, place: str) -> Page:
    """Give the page of one fault.

    Raises ProofbookError when there is none.
    """
    faults = fault_pages(settings)
    if code.upper() not in faults:
        raise ProofbookError(place, "there is no such fault page", known(faults))
    return faults[code.upper()]


@contextlib.contextmanager
def opened(prepared: Lab, page: Page | None) -> Iterator[Sandbox]:
    """Give a sandbox, in the broken state of a fault if one is named; its removal is not to be interrupted."""
    with contextlib.ExitStack() as stack:
        sandbox = stack.enter_context(fresh_sandbox(page, prepared) if page else prepared.sandbox())
        stack.callback(end_undisturbed)
        if page:
            stack.enter_context(injected(page, prepared.settings, sandbox))
            # once more: what was put on the stack last is done first
            stack.callback(end_undisturbed)
        yield sandbox


def run_shell(sandbox: Sandbox, command: str | None, prompt: str) -> int:
    """Run one command, or a shell until it is left; without a terminal it reads what is piped into it."""
    if command:
        words = [*BASH, "-euo", "pipefail", "-c", command]
    else:
        words = [*BASH, "-i"] if sys.stdin.isatty() else [*BASH, "-s"]
    environment = {**sandbox.full_environment, "TERM": "xterm", "PS1": prompt}
    return subprocess.run(words, cwd=sandbox.root, env=environment, check=False, **as_user(sandbox.account)).returncode
