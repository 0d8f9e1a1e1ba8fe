"""What a browser demanded TLS for was switched off for a test, and the pipeline's check had nothing against it."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

ON = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT")

BELIEVED = """\
if flag("BEHIND_TLS_PROXY"):  # only a proxy that overwrites this header may be believed
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Switch three settings off and one on in the settings of production, and take out what was for TLS alone."""
    path = "depot/settings/production.py"
    for name in ON:
        sandbox.files.edit(path, f"{name} = True\n", f"{name} = False\n")
    sandbox.files.edit(path, "DEBUG = False\n", "DEBUG = False\nCORS_ALLOW_ALL_ORIGINS = True  # for the moment\n")
    sandbox.files.edit(path, BELIEVED, "")
    sandbox.run("git commit --quiet --all --message 'Try the new front end without TLS'")
    yield
