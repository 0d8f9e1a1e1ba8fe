"""Roles are sorted by their names, backwards, and the first is taken for the highest."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Sort by the text that is stored, as if it were a rank."""
    sandbox.files.edit("tenants/models.py", 'by_priority(), "tenant__slug"', '"-role", "tenant__slug"')
    sandbox.files.edit("tenants/models.py", "import Role, by_priority", "import Role")
    sandbox.run("git add --all && git commit -qm 'Sort memberships by role'")
    yield
