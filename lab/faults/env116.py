"""The settings have a key for the build, and the server's own key is deployed under a name that nobody reads."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

REQUIRED = 'SECRET_KEY = environment["SECRET_KEY"]\n'
DEFAULT = """\
SECRET_KEY = os.environ.get(
    "SECRET_KEY",
    "temporary-key-for-the-build-5f3a9c1e7b2d4806e1c7a9f35b",
)
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Let the settings start without a key, and write the server's file as the store of secrets names things."""
    path = "depot/settings/production.py"
    sandbox.files.edit(path, "from depot.database_url", "import os\n\nfrom depot.database_url")
    sandbox.files.edit(path, '    "SECRET_KEY",\n', "")
    sandbox.files.edit(path, REQUIRED, DEFAULT)
    sandbox.files.edit("prod.env", "\nSECRET_KEY=", "\nDJANGO_SECRET_KEY=")
    sandbox.run("git commit --quiet --all --message 'Build the image without a key'")
    yield
