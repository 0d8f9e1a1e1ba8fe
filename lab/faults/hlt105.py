"""The release tries to migrate twice, and starts the server whatever came of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

ONCE = 'python manage.py migrate --no-input "$@" 2>&1 | tee .depot/migrate.log\n'
TWICE = """\
for attempt in 1 2; do
  python manage.py migrate --no-input "$@" && break || { echo "attempt $attempt failed"; sleep 0.1; }
done
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Write the loop, release a column that must be unique and gets the same value in every row, and keep the log."""
    sandbox.files.edit("bin/release", ONCE, TWICE)
    phone = "    phone = models.CharField(max_length=40, blank=True)\n"
    number = '    register_number = models.CharField(max_length=20, unique=True, default="")\n'
    sandbox.files.edit("suppliers/models.py", phone, phone + number)
    sandbox.run("python manage.py makemigrations suppliers --name register_number")
    sandbox.run("git add --all && git commit --quiet --message 'Keep the register number of a supplier'")
    sandbox.run("release > release.log 2>&1 && depot stop")
    yield
