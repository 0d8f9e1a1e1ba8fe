"""The settings ask the environment, and nothing reads the .env file into it; SQLite is what they fall back on."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

READ = """\
from depot.environment import read_env_file, require

read_env_file(Path(__file__).resolve().parents[2] / ".env")

from .base import *  # noqa: E402, F403  after .env, which base reads from
"""
UNREAD = """\

from .base import *  # noqa: F403
"""
NEEDED = """\
# --8<-- [start:database]
DATABASES = {"default": read_database_url(require("DATABASE_URL")["DATABASE_URL"])}
# --8<-- [end:database]
"""
FALLBACK = """\
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}  # noqa: F405
if os.environ.get("DATABASE_URL"):
    DATABASES = {"default": read_database_url(os.environ["DATABASE_URL"])}
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Name the database in .env, where a developer does, while settings that do not know the file are in use."""
    path = "depot/settings/development.py"
    sandbox.files.edit(path, "from pathlib import Path\n", "")
    sandbox.files.edit(path, READ, UNREAD)
    sandbox.files.edit(path, NEEDED, FALLBACK)
    sandbox.run("git commit --quiet --all --message 'Ask the environment, as servers do'")
    sandbox.files.write(".env", f"# what this machine needs\nDATABASE_URL={sandbox.url}\n")
    sandbox.environment["DATABASE_URL"] = None
    # the address is this sandbox's own: whoever looks into PostgreSQL meanwhile keeps the state from being copied
    sandbox.connect()
    yield
