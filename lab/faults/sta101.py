"""Static files were collected while the image was built, into a folder that the server does not look into."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Name static files without a hash, as Django does by itself, collect them elsewhere, and run as a server does."""
    storage = "django.contrib.staticfiles.storage.StaticFilesStorage"
    sandbox.files.edit(
        "depot/settings/production.py", "whitenoise.storage.CompressedManifestStaticFilesStorage", storage
    )
    sandbox.run("git commit -qam 'Name static files as they are'")
    lines = (line.partition("=") for line in sandbox.files.read("uat.env").splitlines() if not line.startswith("#"))
    sandbox.environment.update({name: value for name, _, value in lines})
    sandbox.run("STATIC_ROOT=build/staticfiles python manage.py collectstatic --noinput --verbosity 0")
    yield
