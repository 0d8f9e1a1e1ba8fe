"""A unique constraint is released for a column in which values stand twice."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Ask for one tax number per supplier; two suppliers of one company have shared it for years."""
    constraint = '            models.UniqueConstraint(fields=["tenant", "code"], name="supplier_tenant_code_unique"),\n'
    tax_number = constraint.replace("code", "tax_number").replace("tenant_tax", "tax")
    sandbox.files.edit("suppliers/models.py", constraint, constraint + tax_number)
    sandbox.run("python manage.py makemigrations suppliers --name tax_number_unique")
    sandbox.run("git add --all && git commit -qm 'Let no tax number stand twice'")
    yield
