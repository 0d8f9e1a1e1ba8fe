"""The path of a SQLite file is relative, so it depends on the folder the program was started in."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

SETTINGS = '''\
"""A machine without PostgreSQL: the tables of our own apps are made from the models."""

from .development import *

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": "data/db.sqlite3",
    }
}
MIGRATION_MODULES = dict.fromkeys(["tenants", "suppliers", "products", "orders"])
'''


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Make the database from the project's folder, where the path is right."""
    sandbox.files.write("depot/settings/laptop.py", SETTINGS)
    sandbox.environment["DJANGO_SETTINGS_MODULE"] = "depot.settings.laptop"
    sandbox.run("mkdir data && python manage.py migrate --run-syncdb --verbosity 0")
    words = "--no-input --username root --email root@example.test"
    sandbox.run(f"DJANGO_SUPERUSER_PASSWORD=depot-lab python manage.py createsuperuser {words}")
    yield
