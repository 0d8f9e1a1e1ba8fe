"""The site is built when its sources have changed, and served on the loopback interface only."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import os
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.repository import Repository

from proofbook.cli import main
from proofbook.commands import site as commands
from proofbook.drills import Drill, append_drill
from proofbook.errors import ProofbookError
from proofbook.lab.places import run_folder
from proofbook.settings import Settings
from proofbook.site import build as site
from proofbook.site.serving import open_server, served

GONE = b"<h1>There is no such page</h1>"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text("# A\n")
    code = (
        "import pathlib; pathlib.Path('site').mkdir(exist_ok=True); pathlib.Path('site/index.html').write_text('hello')"
    )
    return Settings(tmp_path, build=f'{sys.executable} -c "{code}"', site_sources=("docs",))


def test_it_is_built_when_something_has_changed(settings: Settings) -> None:
    told: list[str] = []

    built = [site.build(settings, told.append), site.build(settings, told.append)]
    (settings.root / "docs/index.md").write_text("# B\n")
    built.append(site.build(settings, told.append))
    built.append(site.build(settings, told.append, always=True))

    assert built == [True, False, True, True]
    assert told == ["building site/"] * 3


def test_it_is_built_again_after_a_drill(settings: Settings) -> None:
    usual = Settings(settings.root, build=settings.build)
    built = [site.build(usual, print), site.build(usual, print)]
    append_drill(usual, Drill("MIG101", True, 60.0, 2, 1, False, "2026-11-23T10:00:00Z", "18"))
    built.append(site.build(usual, print))

    assert built == [True, False, True]


def test_a_site_that_was_removed_is_built_again(settings: Settings) -> None:
    site.build(settings, print)
    (settings.root / "site/index.html").unlink()
    (settings.root / "site").rmdir()

    assert site.build(settings, print)


def test_a_build_that_fails_is_told_and_tried_again(settings: Settings) -> None:
    failing = Settings(settings.root, build="bash -c 'echo broken link; exit 3'", site_sources=("docs",))

    for _ in range(2):
        with pytest.raises(ProofbookError, match="ended with 3:\nbroken link"):
            site.build(failing, print)


def test_the_site_of_before_stays_until_the_next_is_whole(settings: Settings) -> None:
    code = "import pathlib, sys; new = pathlib.Path(sys.argv[1]); new.mkdir(); (new / 'index.html').write_text('one')"
    whole = Settings(settings.root, build=f'{sys.executable} -c "{code}" {{site}}', site_sources=("docs",))
    half = Settings(settings.root, build="bash -c 'mkdir {site}; exit 3'", site_sources=("docs",))
    site.build(whole, print)

    with pytest.raises(ProofbookError):
        site.build(half, print, always=True)

    assert (settings.root / "site/index.html").read_text() == "one"
    site.build(
        Settings(settings.root, build=whole.build.replace("one", "two"), site_sources=("docs",)), print, always=True
    )
    assert (settings.root / "site/index.html").read_text() == "two"
    assert not list(settings.store.glob("site-*[dw]"))


def test_a_reader_finds_the_site_of_before_or_the_next_and_never_none(settings: Settings) -> None:
    code = "import pathlib, sys; new = pathlib.Path(sys.argv[1]); new.mkdir(); (new / 'index.html').write_text('one')"
    whole = Settings(settings.root, build=f'{sys.executable} -c "{code}" {{site}}', site_sources=("docs",))
    site.build(whole, print)
    seen: list[bytes] = []

    with served(settings, 0) as (host, port):
        swapping = threading.Thread(target=_swap_often, args=(settings,))
        swapping.start()
        while swapping.is_alive():
            with urllib.request.urlopen(f"http://{host}:{port}/") as answer:
                seen.append(answer.read())

    assert set(seen) == {b"one"}


def _swap_often(settings: Settings) -> None:
    for _ in range(2000):
        fresh = settings.store / "site-new"
        fresh.mkdir()
        (fresh / "index.html").write_text("one")
        site._put(fresh, settings.root / settings.site)


def test_a_folder_without_a_page_is_not_listed(settings: Settings) -> None:
    (settings.root / "site/kept").mkdir(parents=True)
    (settings.root / "site/kept/a.txt").write_text("a")

    with served(settings, 0) as (host, port), pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"http://{host}:{port}/kept/")


@pytest.mark.parametrize("path", ["gone/", "gone", "a/b/gone/?x=1", "index.html/", "empty/"])
def test_a_page_that_is_not_there_is_answered_with_the_sites_own_page_for_that(settings: Settings, path: str) -> None:
    (settings.root / "site/empty").mkdir(parents=True)
    (settings.root / "site/index.html").write_text("hello")
    (settings.root / "site/404.html").write_bytes(GONE)

    with (
        served(settings, 0) as (host, port),
        contextlib.closing(http.client.HTTPConnection(host, port)) as connection,
    ):
        answers = [_asked(connection, method, f"/{path}") for method in ("GET", "HEAD", "GET")]
        found = _asked(connection, "GET", "/")

    assert [answer[:3] for answer in answers] == [(404, "text/html; charset=utf-8", str(len(GONE)))] * 3
    assert [answer[3] for answer in answers] == [GONE, b"", GONE]
    assert (found[0], found[3]) == (200, b"hello")


def _asked(connection: http.client.HTTPConnection, method: str, path: str) -> tuple[int, str | None, str | None, bytes]:
    connection.request(method, path)
    answer = connection.getresponse()
    return answer.status, answer.getheader("Content-Type"), answer.getheader("Content-Length"), answer.read()


def test_a_site_without_a_page_for_that_says_so_all_the_same(settings: Settings) -> None:
    (settings.root / "site").mkdir()

    with served(settings, 0) as (host, port), pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"http://{host}:{port}/gone/")


def test_another_error_is_not_called_a_page_that_is_not_there(settings: Settings) -> None:
    (settings.root / "site").mkdir()
    (settings.root / "site/404.html").write_bytes(GONE)

    with (
        served(settings, 0) as (host, port),
        contextlib.closing(http.client.HTTPConnection(host, port)) as connection,
    ):
        status, _type, _length, body = _asked(connection, "POST", "/")

    assert (status, GONE in body) == (501, False)


def test_a_builder_that_is_not_there_is_told(settings: Settings) -> None:
    absent = Settings(settings.root, build="no-such-builder --strict", site_sources=("docs",))

    with pytest.raises(ProofbookError, match="no-such-builder") as caught:
        site.build(absent, print)

    assert caught.value.hint


def test_it_is_served_on_loopback_and_asked_for_anew(settings: Settings) -> None:
    site.build(settings, print)

    with served(settings, 0) as (host, port), urllib.request.urlopen(f"http://{host}:{port}/") as answer:
        body, cached = answer.read(), answer.headers["Cache-Control"]

    assert (host, body, cached) == ("127.0.0.1", b"hello", "no-cache")


def test_a_browser_that_goes_in_the_middle_of_a_page_is_no_error(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    (settings.root / "site").mkdir()
    (settings.root / "site/long.html").write_bytes(b"a" * 50_000_000)

    with open_server(settings, 0) as server:
        server.daemon_threads = False  # the end of the block waits for what is still being answered
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with socket.create_connection(server.server_address) as browser:
            browser.sendall(b"GET /long.html HTTP/1.1\r\nHost: localhost\r\n\r\n")
            browser.recv(1)
        server.shutdown()

    assert capfd.readouterr().err == ""


def test_a_taken_port_is_told(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ProofbookError, match=f"127.0.0.1:{port}: cannot be served on") as caught:
            open_server(settings, port)

    assert caught.value.hint.endswith(f"--port {port + 1}")


def test_the_last_port_has_no_next(settings: Settings) -> None:
    with pytest.raises(ProofbookError, match="cannot be served on"):
        open_server(settings, 65536)


@pytest.mark.slow
def test_serve_shows_the_site_first_then_what_was_proven_and_ends_with_ctrl_c(tiny: Repository) -> None:
    build = "bash -c 'mkdir {site}; find .proofbook/records -type f | wc -l > {site}/index.html'"
    tiny.edit("pyproject.toml", "timeout = 30", f'timeout = 30\nbuild = "{build}"')
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    run = tiny.start("serve", "--port", str(port))
    seen: list[int] = []
    while run.poll() is None and len(seen) < 2:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as page:
            shown = int(page.read())
            seen += [shown] if shown not in seen else []
    os.kill(run.pid, signal.SIGINT)

    assert seen[0] == 0
    assert seen[1] > 0
    assert run.wait(60) == 0
    assert tiny.leftovers() == []


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_ends_while_it_proves(number: signal.Signals, tiny: Repository) -> None:
    tiny.edit("pyproject.toml", "timeout = 30", 'timeout = 30\nbuild = "mkdir {site}"')
    tiny.edit("pyproject.toml", 'pages = ["docs"]', 'pages = ["docs/wait.md"]')
    tiny.write("docs/wait.md", "```bash\ntouch began\nsleep 60\n```\n")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    run = tiny.start("serve", "--port", str(port))
    try:
        while not any(run_folder(tiny.root).glob("sandboxes/*/project/began")):
            assert run.poll() is None
            time.sleep(0.02)

        os.kill(run.pid, number)

        assert run.wait(60) == 0
    finally:
        run.kill()
    assert not (tiny.root / ".proofbook/records/docs/wait.md.json").exists()
    assert tiny.leftovers() == []


@pytest.mark.parametrize("hindered", ["prove_pages", "second build"])
def test_what_hinders_the_proof_does_not_end_the_server(
    hindered: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    build, is_built = site.build, threading.Event()

    def building(*words: Any) -> bool:
        if hindered == "second build" and is_built.is_set():
            hinder()
        is_built.set()
        return build(*words)

    def listen(text: str) -> None:
        told.append(text)
        if text.endswith("shows what was proven before"):
            told.append(urllib.request.urlopen(text.split(maxsplit=1)[0]).read().decode())
            raise KeyboardInterrupt

    monkeypatch.setattr(commands, "settings_here", lambda: settings)
    monkeypatch.setattr(commands, "tell", listen)
    monkeypatch.setattr(commands, "prove_pages", hinder if hindered == "prove_pages" else lambda *_, **__: 0)
    monkeypatch.setattr(commands.site, "build", building)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    done = CliRunner().invoke(main, ["serve", "--port", str(port)])

    assert done.exit_code == 0, done.output
    assert told[-4:] == ["proofbook: lab: is at work\nhint: wait", told[-3], "hello", "ended"]


def hinder(*_: object, **__: object) -> int:
    raise ProofbookError("lab", "is at work", "wait")


def test_a_second_build_follows_the_first_and_finds_that_it_is_current(settings: Settings) -> None:
    site.build(settings, print)
    (settings.root / "docs/index.md").write_text("# B\n")
    told: list[str] = []
    built: list[bool] = []
    waits = threading.Event()

    def listen(text: str) -> None:
        told.append(text)
        waits.set()

    with (settings.store / "site-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = threading.Thread(target=lambda: built.append(site.build(settings, listen)))
        second.start()
        waits.wait(60)
        meanwhile = list(told)
        # as the first build has left it
        (settings.store / "site-stamp").write_text(site._sources_hash(settings))
    second.join(60)

    assert meanwhile == ["another build is at work in this checkout; this one follows it"]
    assert (built, told) == ([False], meanwhile)


def test_a_builder_that_makes_nothing_takes_nothing_away(settings: Settings) -> None:
    site.build(settings, print)
    idle = Settings(settings.root, build="true {site}", site_sources=("docs",))

    with pytest.raises(ProofbookError, match=r"has made no \{site\}"):
        site.build(idle, print, always=True)

    assert (settings.root / "site/index.html").read_text() == "hello"
