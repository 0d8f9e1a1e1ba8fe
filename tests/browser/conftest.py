"""A real browser for the tests of the site: Debian's chromium, or the one that CHROME names."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.repository import ROOT

pytest.importorskip("playwright", reason="needs playwright: scripts/setup --checks")

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.browser.watching import HOME, Watch

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 300_000  # milliseconds after which what is waited for will not come, on however slow a machine
# every name is unknown
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_words: object) -> None:
        pass


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on the loopback interface and give its address."""
    handler = functools.partial(_Silent, directory=str(folder))
    with http.server.ThreadingHTTPServer((HOME, 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://{HOME}:{server.server_port}"
        finally:
            server.shutdown()


@pytest.fixture(scope="session")
def site_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as mkdocs builds it; of the workers of one test run the first builds it."""
    place = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent
    folder = place / "browsed-site"
    with (place / "browsed-site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _build(place / "browsed-site.begun", folder)
    return folder


def _build(begun: Path, folder: Path) -> None:
    words = [Path(sys.executable).parent / "mkdocs", "build", "--strict", "--site-dir", begun]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    begun.rename(folder)


@pytest.fixture(scope="session")
def site(site_folder: Path) -> Iterator[str]:
    """The address of the site, served on the loopback interface."""
    with served(site_folder) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless browser; without one the test is listed as not run."""
    program = os.environ.get("CHROME") or next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("needs chromium, or a browser that CHROME names")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """What the browser asked for; a request that left this machine fails the test, as does an error on the console."""
    watch = Watch()
    yield watch
    assert watch.complaints() == []


@pytest.fixture
def context(browser: Browser, site: str, watch: Watch) -> Iterator[Callable[..., BrowserContext]]:
    """Open watched contexts: ``context(viewport={"width": 390, "height": 844}, color_scheme="dark")``."""
    with contextlib.ExitStack() as opened:

        def open_context(**options: object) -> BrowserContext:
            made = watch.over(browser.new_context(base_url=site, **options))
            made.set_default_timeout(PATIENCE)
            opened.callback(made.close)
            return made

        yield open_context


@pytest.fixture
def page(context: Callable[..., BrowserContext]) -> Page:
    """One watched tab: ``page.goto("/faults/MIG101/")``."""
    return context().new_page()
