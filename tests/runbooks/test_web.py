"""A server that answers badly: too slowly, or with addresses that are none."""

import socket
import threading
from contextlib import contextmanager, suppress

import pytest

from _web import NoAnswer, open_site

HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n"
MANY = 1000  # pieces, after which a server that nobody leaves gives up


@contextmanager
def server(talk):
    """Give the address of a server that talks to one after the other as it is told."""
    ended = threading.Event()

    def serve(listening):
        while not ended.is_set():
            line, _ = listening.accept()
            with line, suppress(OSError):
                asked = line.recv(65536)
                talk(line, asked.split()[1].decode() if asked else "", ended)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        running = threading.Thread(target=serve, args=(listening,))
        running.start()
        port = listening.getsockname()[1]
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            ended.set()
            socket.create_connection(("127.0.0.1", port)).close()
            running.join()


def drip(line, ended, piece):
    for _ in range(MANY):
        line.sendall(piece)
        if ended.wait(0.02):
            return


@pytest.mark.parametrize(
    ("head", "piece"), [(HEAD, b"."), (b"HTTP/1.0 200 OK\r\nX-Long: ", b"."), (b"", b"")], ids=["page", "head", "none"]
)
def test_an_answer_that_drips_is_not_waited_for_longer_than_said(head, piece):
    def talk(line, _, ended):
        line.sendall(head)
        drip(line, ended, piece)

    with (
        server(talk) as url,
        pytest.raises(NoAnswer, match=r"no answer from 127\.0\.0\.1:\d+: it took too long"),
    ):
        open_site(url, timeout=0.3).get("/")


def test_an_answer_in_pieces_is_put_together():
    def talk(line, _, ended):
        for each in (HEAD, b"a" * 70_000, b"b" * 70_000):
            line.sendall(each)
            ended.wait(0.02)

    with server(talk) as url:
        assert open_site(url, timeout=60).get("/").body == b"a" * 70_000 + b"b" * 70_000


@pytest.mark.parametrize(
    ("place", "leads"),
    [("/caf\xc3\xa9/", "/caf%C3%A9/"), ("/a b?c=d%20e&f", "/a%20b?c=d%20e&f"), ("/caf%C3%A9/", "/caf%C3%A9/")],
    ids=["letters", "a space", "as it should be"],
)
def test_an_address_with_other_letters_is_followed_as_a_browser_does(place, leads):
    def talk(line, path, _):
        moved = f"HTTP/1.0 302 Found\r\nLocation: {place}\r\n\r\n".encode("latin-1")
        line.sendall(HEAD + path.encode() if path == leads else moved)

    with server(talk) as url:
        last = open_site(url, timeout=60).follow("/")[-1]

    assert (last.status, last.text) == (200, leads)


@pytest.mark.parametrize("place", ["http://[", "http://127.0.0.1:none/"])
def test_a_redirect_to_what_is_no_address_leads_nowhere(place):
    def talk(line, _, __):
        line.sendall(f"HTTP/1.0 302 Found\r\nLocation: {place}\r\n\r\n".encode())

    with server(talk) as url:
        last = open_site(url, timeout=60).follow("/")[-1]

    assert (last.status, str(last)) == (302, f"302 at /, sent to {place}, which is no address")


def test_a_page_is_named_with_all_letters():
    def talk(line, path, _):
        line.sendall(HEAD + path.encode())

    with server(talk) as url:
        assert open_site(url, timeout=60).get("/café/").text == "/caf%C3%A9/"
