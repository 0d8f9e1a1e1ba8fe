"""A number that each tenant gives by itself is made unique in the whole table."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._static_files import run_as_a_server_without_pages


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Write `unique=True` where the field stands, and let Django make the migration."""
    number = "    number = models.CharField(max_length=30"
    sandbox.files.edit("orders/models.py", number, f"{number}, unique=True")
    sandbox.run("python manage.py makemigrations orders --name number_unique --verbosity 0")
    sandbox.run("python manage.py migrate orders --verbosity 0")
    run_as_a_server_without_pages(sandbox)
    yield
