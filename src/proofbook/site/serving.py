"""Serves the built site on the loopback interface."""

from __future__ import annotations

import contextlib
import functools
import http.server
import io
import socketserver
import threading
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

from proofbook.errors import ProofbookError
from proofbook.settings import Settings
from proofbook.site.build import SWAPPING

HOST = "127.0.0.1"
NOT_FOUND = "404.html"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without a line per request."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle(self) -> None:
        """Answer a browser until it goes; one that goes in the middle of a page is no error."""
        with contextlib.suppress(ConnectionError):
            super().handle()

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        """Open the file of the site of before or of the one that follows it, never of none."""
        with SWAPPING:
            return super().send_head()

    def list_directory(self, *_: object) -> None:
        """Say that a folder without a page is not found: a site has no listings."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer for a page that is not there with the site's own page for that, where it has one."""
        page = Path(self.directory) / NOT_FOUND
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

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


@contextlib.contextmanager
def served(settings: Settings, port: int) -> Iterator[tuple[str, int]]:
    """Serve the site until the end of the block, beside what the block does, and give host and port.

    Raises ProofbookError when somebody else has the port.
    """
    with open_server(settings, port) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield HOST, server.server_port
        finally:
            server.shutdown()
