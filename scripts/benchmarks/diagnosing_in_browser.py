"""Measures the diagnosis of a pasted log in a real browser: while typing, and after a large paste."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import statistics
import sys
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.table import Table

from proofbook.diagnosis.browser import known_to_browser
from proofbook.pages.reading import read_catalogue
from proofbook.settings import read_settings

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPTS = ROOT / "docs" / "javascripts" / "diagnosis"
CASES = ROOT / "tests" / "cases" / "signatures"
ROUNDS, SIZE = 5, 5_000_000
ASK = """async (log) => {
  globalThis.reader ??= new Worker("worker.js");
  const began = performance.now();
  await new Promise((resolve) => { reader.onmessage = resolve; reader.postMessage({ number: 0, log }); });
  return performance.now() - began;
}"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_words: object) -> None:
        """Say nothing."""


def main() -> None:
    """Print the table."""
    program = os.environ.get("CHROME") or shutil.which("chromium")
    if program is None:
        sys.exit("scripts/bench: needs chromium, or a browser that CHROME names")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        shutil.copytree(SCRIPTS, folder, dirs_exist_ok=True)
        Path(folder, "known.js").write_text(known_to_browser(read_catalogue(read_settings(ROOT))), "utf-8")
        Path(folder, "index.html").write_text("<!doctype html><title>Measured</title>")
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=folder)) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
                page = browser.new_page()
                page.goto(f"http://127.0.0.1:{server.server_port}/")
                show(page, browser.version)
                browser.close()
            finally:
                server.shutdown()


def show(page: Page, version: str) -> None:
    """Print what each log took, from the page's question to the answer of its worker."""
    table = Table(title=f"The front page's matcher in Chromium {version}, median of {ROUNDS}", title_justify="left")
    for name in ("pasted", "letters", "milliseconds"):
        table.add_column(name, justify="left" if name == "pasted" else "right")
    for name, log in logs().items():
        page.evaluate(ASK, log)
        took = statistics.median(page.evaluate(ASK, log) for _ in range(ROUNDS))
        table.add_row(name, str(len(log)), f"{took:.0f}")
    Console().print(table)


def logs() -> dict[str, str]:
    """Give what is pasted: a screen of a traceback, a healthy log with an error, a log of nothing but errors."""
    every = "\n".join(file.read_text("utf-8", "replace") for file in sorted(CASES.rglob("*.log")))
    line = (
        '2026-11-22T10:00:00.0Z 10.0.0.7 - - "GET /api/v1/orders/7?page=2 HTTP/1.1" 200 77 "Mozilla/5.0 (X11; Linux)"\n'
    )
    error = 'psycopg.errors.DuplicateColumn: column "reference" of relation "orders" already exists\n'
    return {
        "200 lines of errors": "\n".join(every.splitlines()[:200]),
        "5 MB of a healthy log, with an error in it": line * (SIZE // len(line)) + error,
        "5 MB of errors": (every * (SIZE // len(every) + 1))[:SIZE],
    }


if __name__ == "__main__":
    main()
