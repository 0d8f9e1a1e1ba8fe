"""The role got a new password on the server, and the application still has the old one."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Deploy with the password of today, and rotate it on the server alone."""
    own = sandbox.own
    url = f"postgresql://{own.role}:{own.password}@127.0.0.1:{own.port}/{own.role}"
    sandbox.files.write(".env", f"DATABASE_URL={url}\n")
    sandbox.environment.update(DATABASE_URL=None, PGPASSWORD=None)
    own.sql(f"alter role {own.role} password 'Saffron%20Salt@9'")
    yield
