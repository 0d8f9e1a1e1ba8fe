"""Measures what a page of the site asks of a browser: Lighthouse's scores, and the bytes that come over the wire."""

from __future__ import annotations

import contextlib
import functools
import gzip
import http.server
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


ROUNDS = 3
HEADS = ("performance", "access.", "practices", "SEO", "blocked", "largest paint", "shift", "sent")
WIDTHS = (16, 12, 8, 10, 4, 9, 14, 6, 10)


class _Squeezing(http.server.SimpleHTTPRequestHandler):
    """Serves files as a host of static sites does: text is compressed before anybody asks, and may be kept."""

    protocol_version = "HTTP/1.1"
    # head and body are two writes, and the second must not wait until the first is acknowledged
    disable_nagle_algorithm = True

    def __init__(self, *words: Any, squeezed: dict[Path, bytes], **options: Any) -> None:
        self.squeezed = squeezed
        super().__init__(*words, **options)

    def log_message(self, *_words: object) -> None:
        pass

    def do_GET(self) -> None:
        file = Path(self.translate_path(self.path))
        file = file / "index.html" if file.is_dir() else file
        body = self.squeezed.get(file)
        if body is None:
            super().do_GET()
            return
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
    squeezed = {file: gzip.compress(file.read_bytes()) for file in folder.rglob("*") if file.suffix in SQUEEZED}
    handler = functools.partial(_Squeezing, directory=str(folder), squeezed=squeezed)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def measured(address: str, browser: str) -> dict[str, Any]:
    """Give Lighthouse's report of one page, on the slow phone and network that it takes for granted."""
    command = ["node", str(LIGHTHOUSE), address, "--output=json", "--quiet", f"--chrome-flags={FLAGS}"]
    command.append(f"--only-categories={','.join(CATEGORIES)}")
    environment = {**os.environ, "CHROME_PATH": browser}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"scripts/bench: Lighthouse ended with {done.returncode}:\n{done.stderr.strip()}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def main() -> None:
    """Build the site, and print a line for each kind of page."""
    browser = os.environ.get("CHROME") or shutil.which("chromium")
    if browser is None:
        sys.exit("scripts/bench: needs chromium, or a browser that CHROME names")
    speeds = []
    print(row(("", *HEADS)))
    with tempfile.TemporaryDirectory() as place:
        site = Path(place) / "site"
        words = [str(Path(sys.executable).parent / "mkdocs"), "build", "--strict", "--site-dir", str(site)]
        environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
        subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, check=True)
        with served(site) as address:
            for name, path in PAGES.items():
                reports = [measured(f"{address}/{path}", browser) for _ in range(ROUNDS)]
                speeds += [report["environment"]["benchmarkIndex"] for report in reports]
                print(row((name, *cells(reports))), flush=True)
        index = len(gzip.compress((site / "search/search_index.json").read_bytes()))
        archive = (site / "proofbook-offline.zip").stat().st_size
    speed = statistics.median(speeds)
    print(f"\nThe median of {ROUNDS} runs. Lighthouse gave this machine {speed:.0f} points for speed.")
    print(f"The search index, which is loaded when the search is first used: {index / 1024:.0f} KiB.")
    print(f"The whole site as a folder to take away: {archive / 1024 / 1024:.1f} MiB packed.")


def cells(reports: list[dict[str, Any]]) -> Iterator[str]:
    """Give what several reports of one page say: of each figure the one in the middle."""
    for category in CATEGORIES:
        yield f"{statistics.median(report['categories'][category]['score'] for report in reports) * 100:.0f}"
    yield f"{middle(reports, 'total-blocking-time'):.0f} ms"
    yield f"{middle(reports, 'largest-contentful-paint') / 1000:.1f} s"
    yield f"{middle(reports, 'cumulative-layout-shift'):.2f}"
    yield f"{middle(reports, 'total-byte-weight') / 1024:.0f} KiB"


def middle(reports: list[dict[str, Any]], audit: str) -> float:
    """Give a figure's median."""
    return statistics.median(report["audits"][audit]["numericValue"] for report in reports)


def row(cells: tuple[str, ...]) -> str:
    """Give one line of the table."""
    first, *rest = zip(cells, WIDTHS, strict=True)
    return "".join([first[0].ljust(first[1]), *(text.rjust(width + 1) for text, width in rest)])


if __name__ == "__main__":
    main()
