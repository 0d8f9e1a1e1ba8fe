"""The file of a SQLite database was brought by one account, and the server runs as another."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

SETTINGS = '''\
"""A machine without PostgreSQL: the tables of our own apps are made from the models."""

from .development import *

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "data" / "db.sqlite3"}}
MIGRATION_MODULES = dict.fromkeys(["tenants", "suppliers", "products", "orders"])
'''


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Make the database, and take the right to write it: the owner of the file is no longer who serves."""
    sandbox.files.write("depot/settings/laptop.py", SETTINGS)
    sandbox.environment["DJANGO_SETTINGS_MODULE"] = "depot.settings.laptop"
    sandbox.run("mkdir data && python manage.py migrate --run-syncdb --verbosity 0")
    sandbox.run("chmod 444 data/db.sqlite3")
    yield
