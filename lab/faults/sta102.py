"""A release brings a style sheet of its own and is started without collectstatic."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._static_files import collect_for_the_release_before, give_the_admin_a_style_sheet


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Collect for the release before, then change the look of the admin, and run as a server does."""
    collect_for_the_release_before(sandbox)
    give_the_admin_a_style_sheet(sandbox, "#header { background: #1f4d3a; }\n")
    # so that the way back is seen to bring the manifest back
    sandbox.files.edit(".gitignore", "staticfiles/\n", "staticfiles/*\n!staticfiles/staticfiles.json\n")
    sandbox.run("git add --all && git commit -qm 'Show our colour in the admin'")
    yield
