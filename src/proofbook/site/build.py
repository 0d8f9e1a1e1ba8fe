"""Builds the site when its sources have changed, and serves it on the loopback interface."""

from __future__ import annotations

import functools
import http.server
import os
import shlex
import socketserver
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from proofbook.errors import ProofbookError
from proofbook.proof.records import tree_hash
from proofbook.settings import Settings

HOST = "127.0.0.1"


def build(settings: Settings, tell: Callable[[str], None], *, always: bool = False) -> bool:
    """Build the site with the repository's own command, unless nothing it is made of has changed.

    Raises ProofbookError with the builder's output when it fails; the site of before is kept then.
    """
    stamp, wanted = settings.store / "site-stamp", _sources_hash(settings)
    site = settings.root / settings.site
    if not always and site.is_dir() and stamp.exists() and stamp.read_text() == wanted:
        return False
    tell(f"building {settings.site}/")
    words = shlex.split(settings.build)
    tools = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{tools}:{os.environ.get('PATH', '/usr/bin:/bin')}",
        "NO_MKDOCS_2_WARNING": "1",
    }
    try:
        done = subprocess.run(words, cwd=settings.root, env=environment, capture_output=True, text=True, check=False)
    except OSError as error:
        hint = "run scripts/setup, or set `build` in [tool.proofbook]"
        raise ProofbookError(settings.build, f"cannot be started: {error.strerror}", hint) from None
    if done.returncode:
        raise ProofbookError(settings.build, f"ended with {done.returncode}:\n{(done.stdout + done.stderr).strip()}")
    settings.store.mkdir(exist_ok=True)
    stamp.write_text(wanted)
    return True


def _sources_hash(settings: Settings) -> str:
    paths = [settings.root / name for name in settings.site_sources]
    return tree_hash([path for path in paths if path.exists()], settings.root)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without a line per request."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def end_headers(self) -> None:
        """Let the browser ask again after a rebuild."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True


def open_server(settings: Settings, port: int) -> _Server:
    """Take the port and give the server, not yet serving.

    Raises ProofbookError when somebody else has the port.
    """
    handler = functools.partial(_Quiet, directory=str(settings.root / settings.site))
    try:
        return _Server((HOST, port), handler)
    except OverflowError:
        raise ProofbookError(f"{HOST}:{port}", "cannot be served on: there is no such port", "--port 8000") from None
    except OSError as error:
        hint = f"end what listens there, or choose another: --port {port + 1}"
        raise ProofbookError(f"{HOST}:{port}", f"cannot be served on: {error.strerror}", hint) from None
