"""A release is piped into a file of the log, and the shell is not told that pipes may fail."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Write what most scripts begin with."""
    sandbox.files.edit("bin/release", "set -euo pipefail", "set -e")
    sandbox.run("git commit --quiet --all --message 'Begin as all our scripts do'")
    yield
