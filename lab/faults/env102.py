"""Two lists were written by hand: one origin has lost its scheme, the other comes from an address bar."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Name the front end in both lists, in neither as a browser names itself."""
    sandbox.files.edit(
        "prod.env", "CSRF_TRUSTED_ORIGINS=https://app.example.com", "CSRF_TRUSTED_ORIGINS=app.example.com"
    )
    sandbox.files.edit(
        "prod.env", "CORS_ALLOWED_ORIGINS=https://app.example.com", "CORS_ALLOWED_ORIGINS=https://app.example.com/"
    )
    # a name of its own: what is asked by another one is refused before anybody looks at origins
    sandbox.files.edit("prod.env", "ALLOWED_HOSTS=depot.example.com", "ALLOWED_HOSTS=depot.example.org")
    yield
