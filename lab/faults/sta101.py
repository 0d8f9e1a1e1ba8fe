"""Static files were collected while the image was built, into a folder that the server does not look into."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

from ._static_files import name_files_by, run_as_a_server


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Name static files without a hash, as Django does by itself, collect them elsewhere, and run as a server does."""
    name_files_by(sandbox, "StaticFilesStorage")
    sandbox.run("git commit -qam 'Name static files as they are'")
    run_as_a_server(sandbox)
    sandbox.run("STATIC_ROOT=build/staticfiles python manage.py collectstatic --noinput --verbosity 0")
    yield
