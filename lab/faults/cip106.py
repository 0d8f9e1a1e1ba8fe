"""All checks ask a database that the pipeline has just made; the deployment asks nobody."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

ASKING = """\
      - name: The server's history
        run: python runbooks/validate_migrations.py --only history --only pending
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Take the question out of the deployment: the checks have been green already."""
    sandbox.files.edit(".github/workflows/delivery.yml", ASKING, "")
    sandbox.run('git commit --quiet --all --author "Sam <sam@example.test>" --message "Check once is enough"')
    yield
