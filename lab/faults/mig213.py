"""An index is to be built concurrently by a migration that is one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._concurrent_index import release_index


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Release the index, and forget that its migration must not be a transaction."""
    release_index(sandbox, in_a_transaction=True)
    yield
