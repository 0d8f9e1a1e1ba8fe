"""The exemption of probes from the redirect to https is written with a slash too many, so it never matches."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Write the path as one sees it in a browser; Django compares it without the first slash."""
    sandbox.files.edit("depot/settings/production.py", 'r"^api/v1/(health|ready)/$"', 'r"^/api/v1/(health|ready)/$"')
    yield
