"""A text inside a `run:` block begins at the left margin, which ends the block for YAML."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

RESTART = """\
      - name: Restart
        run: depot restart
"""
WITH_TEXT = """\
      - name: Restart
        run: |
          cat > release.env <<EOF
RELEASE=$GITHUB_SHA
MESSAGE=This release was made by the pipeline
EOF
          depot restart
      - name: It runs
        run: depot status
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Write a settings file from the workflow, as one would in a shell script."""
    sandbox.files.edit(".github/workflows/delivery.yml", RESTART, WITH_TEXT)
    sandbox.run('git commit --quiet --all --author "Sam <sam@example.test>" --message "Say which release runs"')
    yield
