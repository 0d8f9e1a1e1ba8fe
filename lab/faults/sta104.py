"""The folder that static files are collected into was made by somebody else, so this user cannot write there."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Leave an empty folder that may be read and not written, as a new volume of root's is."""
    sandbox.run("mkdir staticfiles && chmod 555 staticfiles")
    yield
