"""The front end has moved, and the server allows the place where it was."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

DEPLOYED = """\
ALLOWED_HOSTS=depot.example.com,localhost,127.0.0.1
CORS_ALLOWED_ORIGINS='http://localhost:3000'
CSRF_TRUSTED_ORIGINS=http://localhost:3000
"""
PAGE = '<script>fetch("http://depot.example.com/api/v1/suppliers/", {credentials: "include"})</script>\n'


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Serve a front end that asks the API, from an origin that is on no list."""
    sandbox.files.write(".env", DEPLOYED)
    sandbox.files.write("staticfiles/front.html", PAGE)
    sandbox.files.edit(
        "environment.toml",
        'settings = "depot.settings.development"\n',
        'settings = "depot.settings.development"\nfront_ends = ["http://localhost:5173"]\n',
    )
    sandbox.run("git commit --quiet --all --message 'Move the front end to another port'")
    yield
