"""The path of a SQLite file is relative, so it depends on the folder the program was started in."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._laptop import use_sqlite


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Make the database from the project's folder, where the path is right."""
    use_sqlite(sandbox, '"data/db.sqlite3"')
    words = "--no-input --username root --email root@example.test"
    sandbox.run(f"DJANGO_SUPERUSER_PASSWORD=depot-lab python manage.py createsuperuser {words}")
    yield
