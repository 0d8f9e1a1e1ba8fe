"""The step that must fail ends well, whatever it finds."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

CHECK = """\
      - name: Models and migrations
        run: python runbooks/validate_migrations.py --only files --only parents --only leaves --only models
"""
MAKING = """\
      - name: Models and migrations
        run: python manage.py makemigrations --noinput || true
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Let the pipeline make what was forgotten, and forbid it to fail."""
    sandbox.files.edit(".github/workflows/delivery.yml", CHECK, MAKING)
    sandbox.run('git commit --quiet --all --author "Sam <sam@example.test>" --message "Unblock the pipeline"')
    yield
