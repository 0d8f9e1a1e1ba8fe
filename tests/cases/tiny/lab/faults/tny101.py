"""The service goes down when somebody writes so into its status file."""

from contextlib import contextmanager


@contextmanager
def inject(sandbox):
    sandbox.files.edit("status.txt", "service is up", "service is down: reason 7")
    yield
