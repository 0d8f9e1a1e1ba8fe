"""The file with the variables is one for all releases, and only its owner's rights are missing."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Link the release to a file outside of it that the server's user may not read."""
    sandbox.run('mkdir --parents "$HOME/shared"; echo LOG_LEVEL=INFO > "$HOME/shared/depot.env"')
    sandbox.run('ln --symbolic "$HOME/shared/depot.env" .env; chmod 000 "$HOME/shared/depot.env"')
    # what lies outside of the project would be missing in a copy
    sandbox.connect()
    yield
