"""A release goes on when collectstatic fails, which it does: a style sheet names a picture that is not there."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._static_files import collect_for_the_release_before, give_the_admin_a_style_sheet

RELEASE = """\
#!/bin/sh
set -eu
python manage.py collectstatic --noinput --verbosity 0 > collect.log 2>&1 || true
depot restart
echo "released"
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Collect for the release before, then write the style sheet of the new one with a mistake in it."""
    collect_for_the_release_before(sandbox)
    give_the_admin_a_style_sheet(sandbox, '#header { background: url("/static/depot/sky.png"); }\n')
    sandbox.files.write("depot/static/depot/img/sky.png", "")
    sandbox.files.write("release.sh", RELEASE)
    sandbox.files.write(".gitignore", sandbox.files.read(".gitignore") + "collect.log\n")
    sandbox.run("git add --all && git commit -qm 'Show the sky in the admin'")
    yield
