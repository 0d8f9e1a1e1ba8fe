"""An inline is derived from Django's own, which offers every row there is."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Write the inline as Django's documentation shows it."""
    sandbox.files.edit(
        "orders/admin.py", "class OrderLineInline(TenantFilteredInline):", "class OrderLineInline(admin.TabularInline):"
    )
    sandbox.run("git add --all && git commit -qm 'Edit the lines of an order in its form'")
    yield
