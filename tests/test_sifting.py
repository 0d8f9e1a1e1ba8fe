"""The sieve: what a healthy site writes falls through, what a page could claim does not."""

from __future__ import annotations

import json

import pytest
from tests.repository import ROOT

from proofbook.diagnosis.looking import finding_words, sieve_of
from proofbook.diagnosis.sifting import loosened
from proofbook.pages.reading import read_catalogue
from proofbook.settings import read_settings

HEALTHY = {
    "nginx": '203.0.113.9 - - [22/Nov/2026:10:00:00 +0000] "GET /orders/7?page=2 HTTP/1.1" 200 512 "-" "Mozilla/5.0"',
    "runserver": '[22/Nov/2026 10:00:00] "POST /orders/ HTTP/1.1" 201 31',
    "gunicorn": '10.0.0.7 - - [22/Nov/2026:10:00:00 +0000] "GET /static/site.css HTTP/1.1" 304 0 "-" "curl/8.5"',
    "health": '10.0.0.1 - - [22/Nov/2026:10:00:00 +0000] "GET /health/ HTTP/1.1" 200 2 "-" "kube-probe/1.31"',
    "json": json.dumps({"level": "info", "event": "request", "method": "GET", "path": "/orders", "status": 200}),
}


@pytest.fixture(scope="module")
def sieve():
    catalogue = read_catalogue(read_settings(ROOT))
    patterns = (*catalogue.patterns, *catalogue.evidence.values(), *catalogue.seen_while.values())
    return sieve_of(patterns, finding_words(catalogue))


@pytest.mark.parametrize("line", HEALTHY.values(), ids=HEALTHY)
def test_of_a_healthy_access_log_no_line_is_looked_at(line, sieve):
    assert sieve.next(f"{line}\n".encode() * 3, 0) is None


@pytest.mark.parametrize(
    "line",
    [
        '10.0.0.7 - - [22/Nov/2026:10:00:00 +0000] "GET /static/site.css HTTP/1.1" 404 0 "-" "curl/8.5"',
        '10.0.0.1 - - [22/Nov/2026:10:00:00 +0000] "GET /health/ HTTP/1.1" 301 0 "-" "kube-probe/1.31"',
        '10.0.0.1 - - [22/Nov/2026:10:00:00 +0000] "HEAD /ready/ HTTP/1.1" 405 0 "-" "kube-probe/1.31"',
    ],
)
def test_an_access_log_is_looked_at_where_a_page_knows_the_answer(line, sieve):
    for written in (line, json.dumps({"log": f"{line}\n"})):
        healthy = f"{HEALTHY['nginx']}\n"
        piece = f"{healthy}{written}\n{healthy}".encode()

        assert sieve.next(piece, 0) == (len(healthy), len(healthy) + len(written))


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        (r'"GET (?P<path>/\S+) HTTP/[0-9.]+" (?:404|500) ', r"[^\n]*GET\ [^\n]*\ HTTP[^\n]*\ (?:404|500)\ "),
        (r"^a(?:b|cd)?e$", r"a[^\n]*e"),
        (r"x{2}y", r"[^\n]*y"),
    ],
)  # fmt: skip
def test_a_loosened_pattern_keeps_every_text_in_its_order(pattern, told):
    assert loosened(pattern) == told
