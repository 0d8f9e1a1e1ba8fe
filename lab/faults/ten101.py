"""An admin class is derived from Django's own, which knows no tenants."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Write the class as Django's documentation shows it."""
    sandbox.files.edit(
        "suppliers/admin.py",
        "class SupplierAdmin(TenantFilteredAdmin):",
        "class SupplierAdmin(admin.ModelAdmin):",
    )
    sandbox.run("git add --all && git commit -qm 'Show suppliers in the admin'")
    yield
