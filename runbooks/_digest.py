"""SQL that tells rows apart without telling what stands in them: a digest of one, and a sum over many."""

from __future__ import annotations


def digest(text: str) -> str:
    """Write the first half of a checksum of what an expression gives as text."""
    return f"encode(substring(sha256(convert_to({text}, 'UTF8')) FOR 8), 'hex')"


def summed(text: str) -> str:
    """Write the sum of the digests of many rows: no order plays a part, and two equal rows do not cancel out."""
    return f"coalesce(sum(('x' || {digest(text)})::bit(64)::bigint::numeric), 0)::text"
