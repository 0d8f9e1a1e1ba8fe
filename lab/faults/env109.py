"""Somebody wanted to build an image without a database, and gave the server's settings a file to fall back on."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

IN_ONE = """\
# --8<-- [start:database]
DATABASES = {"default": read_database_url(environment["DATABASE_URL"])}
# --8<-- [end:database]
"""
FALLBACK = """\
DATABASES = {
    "default": read_database_url(os.environ["DATABASE_URL"])
    if os.environ.get("DATABASE_URL")  # not while the image is built
    else {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "build_temp.db"}  # noqa: F405
}
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Start such a release on a server whose store of secrets no longer hands the address over."""
    path = "depot/settings/production.py"
    sandbox.files.edit(path, "from depot.database_url", "import os\n\nfrom depot.database_url")
    sandbox.files.edit(path, '    "DATABASE_URL",\n', "")
    sandbox.files.edit(path, IN_ONE, FALLBACK)
    sandbox.files.write(".gitignore", sandbox.files.read(".gitignore") + "*.db\n")
    sandbox.run("git commit --quiet --all --message 'Build the image without a database'")
    sandbox.environment["DATABASE_URL"] = None
    # somebody has been there: the file has tables, and none of users
    sandbox.run("set -a; source prod.env; set +a; python manage.py migrate --verbosity 0 sessions")
    yield
