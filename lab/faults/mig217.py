"""Rows were imported with their ids, and the table's sequence was left behind."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Import suppliers with the ids they have in another system."""
    sandbox.sql("""
        INSERT INTO suppliers_supplier (id, tenant_id, code, name, email, phone, created_at)
        SELECT number, tenant.id, 'I-' || number, 'Imported ' || number, '', '', '2025-06-01'
          FROM (SELECT max(id) AS top FROM suppliers_supplier) last,
               generate_series(top + 1, top + 20) number,
               (SELECT id FROM tenants_tenant ORDER BY slug LIMIT 1) tenant
    """)
    yield
