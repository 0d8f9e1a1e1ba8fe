"""What the runbooks know of a website: how to ask it one page, and where its redirects lead."""

from __future__ import annotations

import json
import re
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from _step import CouldNotTell, Failed
from _web_reply import reply_until

PORTS = {"http": 80, "https": 443}
MOVED = {301, 302, 303, 307, 308}
LIMIT, HOPS = 4 << 20, 10
KEPT = "%/:=&?~+!$,;'@()*[]|"


class NoAnswer(Failed):
    """The server gave no answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said to one GET."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def moved_to(self) -> str:
        """Give the address it sends the reader to, or nothing."""
        with suppress(ValueError):
            there = urljoin(self.url, self.place) if self.place else ""
            urlsplit(there).port  # noqa: B018  # what is no address has none, and says so
            return there
        return ""

    @property
    def place(self) -> str:
        """Give what a redirect names, whether or not that is an address; a header comes as bytes, not as letters."""
        place = self.headers.get("location", "") if self.status in MOVED else ""
        with suppress(UnicodeError):
            return place.encode("latin-1").decode()
        return place

    def said(self) -> Any:
        """Give what its JSON says, or None if it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def __str__(self) -> str:
        at = f"{self.status} at {urlsplit(self.url).path or '/'}"
        if self.place and not self.moved_to:
            return f"{at}, sent to {self.place}, which is no address"
        return at + f", sent to {self.moved_to}" * bool(self.moved_to)


@dataclass(frozen=True, slots=True)
class Site:
    """A website: where its server listens, the name people know it by, and whether a proxy ends TLS before it."""

    url: str
    name: str = ""
    forwarded: bool = False
    timeout: float = 10

    @property
    def host(self) -> str:
        """Give the name that requests carry, with a port that is not the usual one."""
        return self.name or urlsplit(self.url).netloc.rpartition("@")[2]

    def address_of(self, path: str) -> str:
        return urljoin(self.url, path)

    def holds(self, url: str) -> bool:
        """Tell whether an address is of this site, under any port."""
        return bare_host(urlsplit(url).netloc) in {bare_host(self.host), bare_host(urlsplit(self.url).netloc)}

    # --8<-- [start:get]
    def get(self, path: str, host: str = "") -> Answer:
        """Ask for one page, and follow nothing; what is of this site is asked where its server listens."""
        url = self.address_of(path)
        parts = urlsplit(url)
        ours = self.holds(url)
        place = urlsplit(self.url) if ours and self.same_way(parts) else parts
        host = host or (self.host if ours else parts.netloc)
        headers = {
            "Host": host,
            "User-Agent": "proofbook smoke_test",
            "Accept": "text/html, */*",
            "Connection": "close",
        }
        if self.forwarded and ours:
            headers["X-Forwarded-Proto"] = "https"
        end = time.monotonic() + self.timeout
        with closing(line_to(place, bare_host(host), self.timeout)) as line:
            line.response_class = reply_until(end)
            try:
                line.request("GET", target_of(parts), headers=headers)
                reply = line.getresponse()
                found = {name.lower(): value for name, value in reply.getheaders()}
                return Answer(url, reply.status, found, reply.read(LIMIT))
            except (OSError, HTTPException) as error:
                raise NoAnswer(f"no answer from {place.netloc.rpartition('@')[2]}: {why(error)}") from None

    # --8<-- [end:get]

    def same_way(self, parts: SplitResult) -> bool:
        """Tell whether an address is reached through the server's own door; with a proxy before it, all of them are."""
        return self.forwarded or parts.scheme == urlsplit(self.url).scheme

    def follow(self, path: str) -> list[Answer]:
        """Ask for a page and for all it redirects to; the last is where it ends, or where it turns in a circle."""
        chain = [self.get(path)]
        while (there := chain[-1].moved_to) and there not in {each.url for each in chain} and len(chain) <= HOPS:
            if not self.holds(there):
                break
            try:
                chain.append(self.get(there))
            except NoAnswer as error:
                raise NoAnswer(f"{chain[-1]}: {error.fact}") from None
        return chain


def open_site(url: str, name: str = "", *, forwarded: bool = False, timeout: float = 10) -> Site:
    """Take an address as a person writes it."""
    try:
        parts = urlsplit(url)
        right = parts.scheme in PORTS and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        right = False
    if not right:
        raise CouldNotTell("--url is not the address of a website", "write it as https://www.example.com")
    return Site(url, name, forwarded, timeout)


def bare_host(netloc: str) -> str:
    """Give a host's name without its port."""
    return re.sub(r":\d*$", "", netloc.rpartition("@")[2]).lower()


def target_of(parts: SplitResult) -> str:
    """Give what a request asks for, with letters that no request may hold written as a browser does."""
    query = f"?{parts.query}" if parts.query else ""
    return quote(f"{parts.path or '/'}{query}", safe=KEPT)


class SecureLine(HTTPConnection):
    """A connection under TLS that may go to another address than the name it asks for."""

    name = ""

    def connect(self) -> None:
        """Connect, and have the server show a certificate for the name."""
        super().connect()
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.name)


def line_to(place: SplitResult, name: str, timeout: float) -> HTTPConnection:
    kind = SecureLine if place.scheme == "https" else HTTPConnection
    line = kind(place.hostname or "", place.port or PORTS[place.scheme], timeout=timeout)
    if isinstance(line, SecureLine):
        line.name = name.strip("[]")
    return line


def why(error: Exception) -> str:
    """Tell in a few words why there was no answer."""
    if isinstance(error, TimeoutError | socket.timeout):
        return "it took too long"
    if isinstance(error, HTTPException):
        return "it hung up, or speaks something else than HTTP"
    return getattr(error, "strerror", None) or str(error)
