"""What the answers of a website say about its health."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from _finding import Finding
from _step import CouldNotTell
from _web import Answer

OK = 200
SICK = re.compile(
    r"unavailable|unreachable|unhealthy|not[ _]\w+|degraded|disconnected|down|critical|error\b.*|fail\w*", re.IGNORECASE
)
DATABASE = re.compile(r"database|postgres|(\b|_)db(\b|_)", re.IGNORECASE)
UNDONE = re.compile(r"unapplied|pending|missing|outstanding")
DONE = re.compile(r"(?<!un)applied|(\b|_)(ok|done|current)$")
YES_OR_NO = re.compile(r"database|health|ready|(\b|_)(ok|db|status|up|alive)$", re.IGNORECASE)
DEBUG_PAGE = re.compile(r"DEBUG\s*=\s*(<[^>]*>)*True|Using the URLconf defined in|Traceback \(most recent call last\)")
LINKED = re.compile(r"<(?:link|script|img)\b[^>]*?\b(?:href|src)\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
KINDS = {".css": "text/css", ".js": "javascript", ".svg": "image/", ".png": "image/", ".ico": "image/"}


# --8<-- [start:judge_status]
def judge_status(answer: Answer) -> Finding | None:
    """Tell what is wrong with the status of a health page."""
    if answer.status == OK:
        return None
    hints = {
        301: ("a probe from inside speaks HTTP: exempt the page from the redirect, or add --behind-tls", "HLT102"),
        302: ("a health page asks for no login", "HLT107"),
        401: ("a health page asks for no login", "HLT107"),
        403: ("a health page asks for no login and no tenant", "HLT107"),
        400: ("is the name in ALLOWED_HOSTS? Name it with --host", "ENV110"),
        404: ("name the health page with --health", ""),
        405: ("the page must answer GET", "HLT104"),
        503: ("the log says why", "DBC101"),
    }
    hint, fault = hints.get(answer.status, ("the log says why", ""))
    return Finding(f"the server answers {answer}", hint, fault=fault)


# --8<-- [end:judge_status]


# --8<-- [start:is_sick]
def is_sick(key: str, value: Any) -> bool:
    """Tell whether one value of a health page says that something is wrong."""
    if value is False:
        return bool(YES_OR_NO.search(key))
    says_so = SICK.search if DATABASE.search(key) else SICK.fullmatch
    return isinstance(value, str) and bool(says_so(value))


def flat(said: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Give every value of nested JSON with the names that lead to it."""
    if isinstance(said, Mapping):
        for name, value in said.items():
            yield from flat(value, f"{key}.{name}".lstrip("."))
    elif isinstance(said, list):
        for value in said:
            yield from flat(value, key)
    else:
        yield key, said


# --8<-- [end:is_sick]


# --8<-- [start:judge_ready]
def judge_ready(answer: Answer) -> Finding | None:
    """Believe a readiness page only if it counts or lists the migrations that wait."""
    said = [waits(key, value) for key, value in about_migrations(answer.said())]
    if answer.status != OK or True in said:
        return Finding(f"the server answers {answer}: {answer.text.strip()[:200]}", "python manage.py migrate")
    if False not in said:
        raise CouldNotTell(
            f"{urlsplit(answer.url).path} does not tell how many migrations wait",
            'have it count them, {"unapplied_migrations": 0} with 200, or leave --ready out',
        )
    return None


def about_migrations(said: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Give every value that stands under a name with migration in it; a list of them is one value."""
    if isinstance(said, Mapping):
        for name, value in said.items():
            yield from about_migrations(value, f"{key}.{name}".lower())
    elif "migration" in key:
        yield key, said
    elif isinstance(said, list):
        for value in said:
            yield from about_migrations(value, key)


def waits(key: str, value: Any) -> bool | None:
    """Tell whether a value says that a migration waits; None if it says neither."""
    if isinstance(value, bool):
        return True if (UNDONE if value else DONE).search(key) else None
    if isinstance(value, str):
        return None if value == "ok" else True
    return None if value is None or DONE.search(key) else bool(value)


# --8<-- [end:judge_ready]


def linked(page: Answer) -> list[str]:
    """Give the style sheets and scripts a page links to, each once."""
    urls = [urljoin(page.url, html.unescape(name)) for name in LINKED.findall(page.text)]
    return [url for url in dict.fromkeys(urls) if Path(urlsplit(url).path).suffix in {".css", ".js"}]


# --8<-- [start:judge_file]
def judge_file(answer: Answer) -> str:
    """Tell what is wrong with a static file; an error page with status 200 is no style sheet."""
    kind, wanted = answer.headers.get("content-type", ""), KINDS.get(Path(urlsplit(answer.url).path).suffix, "")
    if answer.status != OK:
        return f"answers {answer.status}"
    if wanted not in kind:
        return f"comes as {kind or 'nothing'}, not as {wanted}"
    return "" if answer.body else "is empty"


# --8<-- [end:judge_file]
