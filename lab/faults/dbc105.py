"""A job works in threads, and Django closes the connection of a thread only at the end of a web request."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

JOB = """\
import time
from concurrent.futures import ThreadPoolExecutor
from django.core.management.base import BaseCommand
from suppliers.models import Supplier


def count(turn):
    counted = Supplier.objects.count()
    time.sleep(0.03)  # works with the result
    return counted


class Command(BaseCommand):
    help = "Counts the suppliers, several times at once, every hour."

    def handle(self, *args, **options):
        with ThreadPoolExecutor(max_workers=7) as pool:
            while True:
                self.stdout.write(f"counted {len(list(pool.map(count, range(40))))} times")
                self.stdout.flush()
                time.sleep(3600)
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Let the job do its first round beside the website, on a server that allows few connections."""
    sandbox.files.write("suppliers/management/__init__.py", "")
    sandbox.files.write("suppliers/management/commands/__init__.py", "")
    sandbox.files.write("suppliers/management/commands/count_suppliers.py", JOB)
    # of ten, three are kept for superusers
    sandbox.own.configure(superuser_reserved_connections=3)
    sandbox.own.sql("alter system set max_connections = 10")
    sandbox.own.restart()
    job = sandbox.start(["env", "PGAPPNAME=count_suppliers", "python", "manage.py", "count_suppliers"])
    if job.stdout is None or not job.stdout.readline().startswith(b"counted"):
        raise RuntimeError("the job did not take its connections")
    yield
