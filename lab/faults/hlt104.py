"""The probe asks for the head only, and the view was written for GET."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Use the decorator whose name comes to mind first."""
    sandbox.files.write("depot/health.py", sandbox.files.read("depot/health.py").replace("require_safe", "require_GET"))
    sandbox.run("git commit --quiet --all --message 'Let the health page be asked by GET'")
    yield
