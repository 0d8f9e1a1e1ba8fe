"""Somebody wrote a rule for the service's role and chose the wrong word."""

from contextlib import contextmanager


@contextmanager
def inject(sandbox):
    sandbox.own.hba(f"host all {sandbox.own.role} 127.0.0.1/32 reject")
    yield
