import json
import os
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import smoke_test
from _health import flat, is_sick

HTML, CSS = "text/html; charset=utf-8", "text/css"
LOGIN = '<link rel="stylesheet" href="/static/base.1a2b.css"><script src="/static/nav.3c4d.js"></script>'
HEALTHY = {
    "/health/": (200, "application/json", '{"status": "ok", "database": "ok"}'),
    "/ready/": (200, "application/json", '{"unapplied_migrations": 0}'),
    "/login/": (200, HTML, LOGIN),
    "/static/base.1a2b.css": (200, CSS, "body {}"),
    "/static/nav.3c4d.js": (200, "text/javascript", "let a"),
}


@dataclass
class Website:
    """A website that says what it is told to say, and notes what it was asked."""

    pages: dict = field(default_factory=lambda: dict(HEALTHY))
    names: tuple = ("127.0.0.1", "shop.example")
    tls_only: bool = False
    asked: list = field(default_factory=list)
    port: int = 0

    def answer(self, path, headers):
        self.asked.append((path, dict(headers)))
        if headers["Host"].partition(":")[0] not in self.names:
            return 400, HTML, "Bad Request"
        if self.tls_only and headers.get("X-Forwarded-Proto") != "https":
            return 301, "", f"https://{headers['Host']}{path}"
        found = self.pages.get(path, (404, HTML, "<h1>Not Found</h1>"))
        return (
            found.pop(0)
            if isinstance(found, list) and len(found) > 1
            else found[0]
            if isinstance(found, list)
            else found
        )

    @contextmanager
    def served(self):
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                status, kind, body = site.answer(self.path, self.headers)
                self.send_response(status)
                self.send_header(
                    "Location" if 300 < status < 400 else "Content-Type", body if 300 < status < 400 else kind
                )
                self.end_headers()
                self.wfile.write(body.encode() if status < 300 or status >= 400 else b"")

            def log_message(self, *_):
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            self.port = server.server_port
            running = threading.Thread(target=server.serve_forever, args=(0.01,))
            running.start()
            try:
                yield self
            finally:
                server.shutdown()
                running.join()


@pytest.fixture
def website():
    with Website().served() as site:
        yield site


@pytest.fixture
def ask(website, capsys, tmp_path):
    """Run the check against it, and give its code and what each check came to."""

    def asking(*flags, wait="0"):
        place = ["--url", f"http://127.0.0.1:{website.port}", "--health", "/health/", "--ready", "/ready/"]
        place += ["--page", "/login/", "--wait", wait, "--project", str(tmp_path), "--json"]
        code = smoke_test.main([*place, *flags])
        told = json.loads(capsys.readouterr().out)
        return code, {each["name"]: each["status"] for each in told["checks"]}, told["findings"], told["checks"]

    return asking


def test_a_website_that_works_passes(ask, website):
    code, ended, findings, _ = ask()

    assert (code, set(ended.values()), findings) == (0, {"passed"}, []), ended
    assert [path for path, _ in website.asked].count("/health/") >= 3


CASES = {
    "health says 200 and is not": ({"/health/": (200, "", '{"status": "degraded"}')}, "database", "status: degraded"),
    "database down, 200": ({"/health/": (200, "", '{"database": "error: refused"}')}, "database", "HLT101"),
    "503": ({"/health/": (503, "", '{"database": "unreachable"}')}, "health", "the server answers 503"),
    "503, told truly": ({"/health/": (503, "", '{"database": "unreachable"}')}, "database", '"fault": "DBC101"'),
    "health moves": ({"/health/": (301, "", "/elsewhere/")}, "health", "HLT102"),
    "no such page": ({"/health/": (404, HTML, "")}, "health", "--health"),
    "403": ({"/health/": (403, HTML, "")}, "health", "HLT107"),
    "405": ({"/health/": (405, HTML, "")}, "health", "HLT104"),
    "pending": ({"/ready/": (503, "", '{"unapplied_migrations": 2}')}, "migrations", "unapplied_migrations"),
    "pending, 200": ({"/ready/": (200, "", '{"unapplied_migrations": 1}')}, "migrations", "MIG107"),
    "a list": ({"/ready/": (200, "", '{"migrations": {"pending": ["a.0002"]}}')}, "migrations", "MIG107"),
    "pending: yes": ({"/ready/": (200, "", '{"pending_migrations": true}')}, "migrations", "MIG107"),
    "applied: no": ({"/ready/": (200, "", '{"migrations_applied": false}')}, "migrations", "MIG107"),
    "a loop": ({"/login/": (302, "", "/b/"), "/b/": (302, "", "/login/")}, "page", "a redirect loop: "),
    "to itself": ({"/login/": (302, "", "/login/")}, "page", "a redirect loop: "),
    "elsewhere": ({"/login/": (302, "", "https://other.example/")}, "page", "which is another site"),
    "page breaks": ({"/login/": (500, HTML, "")}, "page", "the server answers 500"),
    "page breaks, perhaps of static files": ({"/login/": (500, HTML, "")}, "page", "manifest entry, that is STA102"),
    "traceback with 200": ({"/login/": (200, HTML, "Traceback (most recent call last):")}, "page", "an error page"),
    "css gone": ({"/static/base.1a2b.css": (404, HTML, "")}, "static", "base.1a2b.css answers 404"),
    "css is html": ({"/static/base.1a2b.css": (200, HTML, "<html>")}, "static", "not as text/css"),
    "css is empty": ({"/static/base.1a2b.css": (200, CSS, "")}, "static", "is empty"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_check_can_fail(ask, website, name):
    pages, check, word = CASES[name]
    website.pages |= pages

    code, ended, findings, _ = ask()

    assert (code, ended[check]) == (1, "failed"), ended
    assert word in json.dumps([each for each in findings if each["check"] == check])


def test_a_server_that_is_not_there_fails_and_nothing_is_passed(ask, website):
    website.port = 1

    code, ended, findings, _ = ask()

    assert (code, ended["health"], "passed" in ended.values()) == (1, "failed", False)
    assert "Connection refused" in findings[0]["message"]


@pytest.mark.parametrize(
    ("pages", "check"),
    [
        ({"/health/": (200, HTML, "OK")}, "database"),
        ({"/health/": (200, "", '{"status": "ok"}')}, "database"),
        ({"/login/": (200, HTML, "<p>no style</p>")}, "static"),
        ({"/ready/": (200, HTML, "ok")}, "migrations"),
        ({"/ready/": (200, "", '{"status": "ready"}')}, "migrations"),
        ({"/ready/": (200, "", '{"migrations": "ok"}')}, "migrations"),
        ({"/ready/": (200, "", '{"migrations_applied": true}')}, "migrations"),
        ({"/ready/": (200, "", '{"applied_migrations": 57}')}, "migrations"),
    ],
)
def test_what_cannot_be_seen_is_not_passed(ask, website, pages, check):
    website.pages |= pages

    code, ended, _, _ = ask()

    assert (code, ended[check]) == (2, "could-not-check"), ended


@pytest.mark.parametrize("said", ["%s", '{"checks": [%s]}'])
@pytest.mark.parametrize("counted", ['{"pending_migrations": []}', '{"migrations": {"unapplied": 0, "applied": 57}}'])
def test_a_page_that_counts_or_lists_migrations_is_believed(ask, website, said, counted):
    website.pages["/ready/"] = (200, "", said % counted)

    assert ask()[1]["migrations"] == "passed"


def test_it_waits_for_a_server_that_is_starting(ask, website, capsys):
    good = HEALTHY["/health/"]
    website.pages["/health/"] = [(503, HTML, ""), good, (502, HTML, ""), good]

    code, ended, _, _ = ask(wait="600")

    assert (code, ended["health"]) == (0, "passed")
    assert [path for path, _ in website.asked].count("/health/") >= 6


def test_it_says_what_it_waits_for(website, capsys):
    website.pages["/health/"] = [(503, HTML, ""), HEALTHY["/health/"]]

    smoke_test.main(["--url", f"http://127.0.0.1:{website.port}", "--health", "/health/", "--wait", "600"])

    assert re.search(r"^    \d+ s: the server answers 503 at /health/", capsys.readouterr().err, re.MULTILINE)


def test_debug_is_seen_and_a_made_up_name_is_refused(ask, website):
    website.names += ("proofbook.invalid",)
    website.answer, plain = lambda path, headers: debug(plain(path, headers)), website.answer

    code, ended, findings, _ = ask()

    assert (code, ended["debug"], ended["host"]) == (1, "failed", "passed")
    assert {(each["check"], each["severity"]) for each in findings} == {("debug", "error"), ("host", "warning")}


def debug(answer):
    status, kind, _ = answer
    return (status, kind, "You see this because <code>DEBUG = True</code>") if status == 404 else answer


def test_a_page_for_everything_shows_no_error_page(ask, website):
    website.answer, plain = lambda path, headers: spare(plain(path, headers)), website.answer

    assert ask()[1]["debug"] == "skipped"


def spare(answer):
    return (200, HTML, "one page for all") if answer[0] == 404 else answer


def test_behind_a_proxy_it_asks_as_the_proxy_does(ask, website):
    website.tls_only = True

    code, ended, findings, _ = ask()
    assert (code, ended["health"]) == (1, "failed")
    [found] = [each["message"] for each in findings if each["check"] == "page"]
    assert "sent to https://" in found
    assert "no answer from" in found

    code, ended, _, _ = ask("--behind-tls", "--host", "shop.example")

    assert (code, ended["page"]) == (0, "passed")
    assert {headers["Host"] for path, headers in website.asked[-4:] if path == "/login/"} <= {"shop.example"}


def test_a_name_the_server_does_not_know_is_found(ask):
    code, ended, findings, _ = ask("--host", "other.example")

    assert (code, ended["health"]) == (1, "failed")
    assert findings[0]["fault"] == "ENV110"


def test_a_file_can_be_found_by_the_manifest(ask, website):
    website.pages["/login/"] = (200, HTML, "<p>no style</p>")
    manifest = {"paths": {"admin/base.css": "base.1a2b.css", "logo.png": "logo.9.png"}}
    website.pages["/static/staticfiles.json"] = (200, "application/json", json.dumps(manifest))

    assert ask("--static", "/static/staticfiles.json")[1]["static"] == "passed"
    assert "/static/base.1a2b.css" in [path for path, _ in website.asked]
    del website.pages["/static/base.1a2b.css"]
    assert ask("--static", "/static/staticfiles.json")[1]["static"] == "failed"


@pytest.mark.parametrize("url", ["shop.example", "ftp://shop.example", "http://", "http://a:b/"])
def test_what_is_no_address_is_told(capsys, url):
    assert smoke_test.main(["--url", url]) == 2
    assert "--url is not the address of a website" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("said", "sick"),
    [
        ({"status": "ok", "debug": False, "version": "1.2"}, []),
        ({"database": {"default": "ok"}, "errors": 0}, []),
        ({"checks": [{"db": "working"}, {"cache": "unavailable"}]}, ["checks.cache"]),
        ({"database": "connection failed: refused"}, ["database"]),
        ({"healthy": False}, ["healthy"]),
        ({"maintenance": False}, []),
        ({"motto": "we never let down"}, []),
    ],
)
def test_words_of_sickness_are_known(said, sick):
    assert [key for key, value in flat(said) if is_sick(key, value)] == sick


def test_the_project_is_asked_when_no_page_tells(shop):
    with Website(names=("127.0.0.1",)).served() as site:
        call = ["smoke_test", "--url", f"http://127.0.0.1:{site.port}", "--health", "/health/", "--page", "/login/"]
        applied = shop.run(*call)
        shop.manage("migrate", "-v", "0", "stock", "0001")
        pending = shop.run(*call)

    assert (applied.code, pending.code) == (0, 1), applied.out + applied.err + pending.out
    assert "not applied: stock.0002_weight" in pending.out


def test_a_page_that_tells_nothing_of_migrations_has_the_project_asked(shop):
    with Website(names=("127.0.0.1",)).served() as site:
        site.pages = HEALTHY | {"/ready/": (200, HTML, "ok")}
        call = ["smoke_test", "--url", f"http://127.0.0.1:{site.port}", "--health", "/health/", "--page", "/login/"]
        call += ["--ready", "/ready/", "--wait", "0"]
        applied = shop.run(*call)
        shop.manage("migrate", "-v", "0", "stock", "0001")
        pending = shop.run(*call)

    assert (applied.code, pending.code) == (0, 1), applied.out + applied.err + pending.out
    assert "/ready/ does not tell how many migrations wait, so the project here is asked" in applied.out
    assert "not applied: stock.0002_weight" in pending.out


def test_no_secret_is_said(website, capsys, monkeypatch):
    monkeypatch.setenv("API_TOKEN", "hidden-word")
    website.pages["/ready/"] = (503, HTML, "the token is hidden-word")

    smoke_test.main(
        ["--url", f"http://127.0.0.1:{website.port}", "--health", "/health/", "--ready", "/ready/", "--wait", "0"]
    )

    told = "".join(capsys.readouterr())
    assert ("hidden-word" in told, "the token is ***" in told) == (False, True)
    assert os.environ["API_TOKEN"] not in told
