"""A log file was configured, its folder is ignored by git, and so it exists only where it was tried."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

STDERR = '    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},\n'
FILE_TOO = """\
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        "file": {
            "class": "logging.FileHandler",
            "filename": BASE_DIR / "logs" / "django.log",
            "formatter": "line",
        },
    },
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Check the new configuration out on a machine that never had the folder."""
    path = "depot/settings/base.py"
    sandbox.files.edit(path, STDERR, FILE_TOO)
    sandbox.files.edit(path, '"root": {"handlers": ["stderr"]', '"root": {"handlers": ["stderr", "file"]')
    sandbox.files.write(".gitignore", sandbox.files.read(".gitignore") + "logs/\n")
    sandbox.run("git commit --quiet --all --message 'Keep the log in a file'")
    yield
