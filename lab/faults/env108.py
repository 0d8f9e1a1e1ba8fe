"""The settings read the database's address in parts; the servers are given it in one piece, as before."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

IN_ONE = """\
# --8<-- [start:database]
DATABASES = {"default": read_database_url(environment["DATABASE_URL"])}
# --8<-- [end:database]
"""
IN_PARTS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["DB_NAME"],
        "USER": os.environ["DB_USER"],
        "PASSWORD": os.environ.get("DB_PASSWORD"),
        "HOST": os.environ["DB_HOST"],
        "PORT": os.environ.get("DB_PORT"),
    }
}
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Read five variables where one was read, and tell no server."""
    path = "depot/settings/production.py"
    sandbox.files.edit(path, "from depot.database_url import read_database_url\n", "import os\n\n")
    sandbox.files.edit(path, IN_ONE, IN_PARTS)
    # a name that begins like the others, and a last line without an end, as editors leave it
    sandbox.files.write("prod.env", sandbox.files.read("prod.env") + "DB_POOL_SIZE=5")
    sandbox.run("git commit --quiet --all --message 'Name the database in parts'")
    yield
