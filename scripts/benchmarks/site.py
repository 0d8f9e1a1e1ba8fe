"""Measures what a page of the site asks of a browser: Lighthouse's scores, and the bytes that come over the wire."""

from __future__ import annotations

import contextlib
import functools
import gzip
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LIGHTHOUSE = Path(__file__).parent / "node_modules/lighthouse/cli/index.js"
PAGES = {
    "front page": "",
    "fault": "faults/MIG101/",
    "guide": "migrations/deploying/",
    "runbook": "runbooks/repair_history/",
    "list of faults": "faults/",
    "checklist": "checklists/author/",
}
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-background-networking --no-first-run"
SQUEEZED = (".html", ".css", ".js", ".json", ".svg")


class _Squeezing(http.server.SimpleHTTPRequestHandler):
    """Serves files as a web server does, text compressed."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_words: object) -> None:
        pass

    def do_GET(self) -> None:
        file = Path(self.translate_path(self.path))
        file = file / "index.html" if file.is_dir() else file
        if not file.is_file() or file.suffix not in SQUEEZED:
            super().do_GET()
            return
        body = gzip.compress(file.read_bytes())
        self.send_response(200)
        for name, value in {
            "Content-Type": self.guess_type(str(file)),
            "Content-Encoding": "gzip",
            "Content-Length": str(len(body)),
            "Cache-Control": "max-age=3600",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on the loopback interface and give its address."""
    handler = functools.partial(_Squeezing, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def measured(address: str, browser: str) -> dict[str, object]:
    """Give Lighthouse's report of one page, on the slow phone and network that it takes for granted."""
    command = ["node", str(LIGHTHOUSE), address, "--output=json", "--quiet", f"--chrome-flags={FLAGS}"]
    command.append(f"--only-categories={','.join(CATEGORIES)}")
    environment = {**os.environ, "CHROME_PATH": browser}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"scripts/bench: Lighthouse ended with {done.returncode}:\n{done.stderr.strip()}")
    report: dict[str, object] = json.loads(done.stdout)
    return report


def main() -> None:
    """Build the site, and print a line for each kind of page."""
    browser = os.environ.get("CHROME") or shutil.which("chromium")
    if browser is None:
        sys.exit("scripts/bench: needs chromium, or a browser that CHROME names")
    print(
        f"{'':16} {'performance':>12} {'accessibility':>14} {'best practices':>15} {'SEO':>4} {'sent':>12} {'LCP':>7}"
    )
    with tempfile.TemporaryDirectory() as place:
        site = Path(place) / "site"
        words = [str(Path(sys.executable).parent / "mkdocs"), "build", "--strict", "--site-dir", str(site)]
        environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
        subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, check=True)
        with served(site) as address:
            for name, path in PAGES.items():
                print(line(name, measured(f"{address}/{path}", browser)), flush=True)
        index = len(gzip.compress((site / "search/search_index.json").read_bytes()))
        archive = (site / "proofbook-offline.zip").stat().st_size
    print(f"\nThe search index, which is loaded when the search is first used: {index / 1024:.0f} KiB.")
    print(f"The whole site as a folder to take away: {archive / 1024 / 1024:.1f} MiB packed.")


def line(name: str, report: dict[str, object]) -> str:
    """Give one line of the table."""
    categories, audits = report["categories"], report["audits"]
    scores = [round(categories[each]["score"] * 100) for each in CATEGORIES]  # type: ignore[index]
    size = audits["total-byte-weight"]["numericValue"] / 1024  # type: ignore[index]
    paint = audits["largest-contentful-paint"]["numericValue"] / 1000  # type: ignore[index]
    return f"{name:16} {scores[0]:12} {scores[1]:14} {scores[2]:15} {scores[3]:4} {size:8.0f} KiB {paint:5.1f} s"


if __name__ == "__main__":
    main()
