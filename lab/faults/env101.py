"""The front end's origin is allowed to read answers, and nobody listed it among those that may post."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

DEPLOYED = """\
ALLOWED_HOSTS=depot.example.com,localhost,127.0.0.1
CORS_ALLOWED_ORIGINS=http://localhost:5173
CSRF_TRUSTED_ORIGINS="https://depot.example.com"
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Deploy a configuration that lists the site itself and forgets the front end, and start the server with it."""
    sandbox.files.write(".env", DEPLOYED)
    sandbox.run("depot start")
    yield
