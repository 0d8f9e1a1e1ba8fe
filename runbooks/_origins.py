"""What the runbooks know of hosts and origins, and of the wildcards each setting has and has not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from _finding import Finding

ORIGIN = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>\[[^\]/]*\]|[^/:?#@]*)(?::(?P<port>\d*))?(?P<rest>.*)", re.IGNORECASE
)
HOST = re.compile(r"\.?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?\.?|\[[0-9a-f:.]+\]", re.IGNORECASE)
LOCAL = {"localhost", "127.0.0.1", "[::1]"}
USUAL_PORT = {"http": "80", "https": "443"}
REGEX_MARKS = re.compile(r"[\\^$+(){}|]|\.\*|\[")


@dataclass(frozen=True, slots=True)
class Grammar:
    """How one setting writes origins: the fault it makes when it is wrong, and its wildcard, if it has one."""

    fault: str
    wildcard: str
    hint: str


GRAMMARS = {
    "origins": Grammar("ENV103", "", "it has none: patterns go into CORS_ALLOWED_ORIGIN_REGEXES"),
    "csrf-origins": Grammar("ENV101", "*.", "write https://*.example.com for all below example.com"),
}


# --8<-- [start:origin]
def judge_origin(word: str, kind: str, *, deployed: bool) -> Iterator[Finding]:
    """Find what keeps one origin from ever equalling what a browser sends."""
    grammar = GRAMMARS[kind]
    match = ORIGIN.fullmatch(word)
    if word == "null":
        hint = "find the page that sends it: a sandboxed frame, a file, or a Referrer-Policy of no-referrer"
        yield Finding("'null' is the origin of every page without one", hint, fault="ENV119")
        return
    if not match or not match["host"]:
        hint = f"write https://{word}" if HOST.fullmatch(word) else "write scheme://host, as in https://app.example.com"
        yield Finding(f"{word!r} has no scheme", hint, fault="ENV102")
        return
    if match["rest"]:
        hint = f"write {match['scheme']}://{match['host']}{':' + match['port'] if match['port'] else ''}"
        slash = "ends in a slash" if match["rest"] == "/" else "has something after the host"
        yield Finding(f"{word!r} {slash}, and an origin has no path", hint, fault="ENV102")
    yield from judge_wildcard(word, match["host"], grammar)
    yield from judge_spelling(word, match, grammar)
    if deployed and match["scheme"].lower() == "http" and match["host"] not in LOCAL:
        yield Finding(f"{word!r} is without TLS", "write https://", severity="warning")


# --8<-- [end:origin]


def judge_wildcard(word: str, host: str, grammar: Grammar) -> Iterator[Finding]:
    if "*" in host and (not grammar.wildcard or not re.fullmatch(r"\*\.[^*]+", host)):
        yield Finding(f"{word!r} has a wildcard this setting does not know", grammar.hint, fault=grammar.fault)


def judge_spelling(word: str, match: re.Match[str], grammar: Grammar) -> Iterator[Finding]:
    scheme, host, port = match["scheme"], match["host"], match["port"]
    if host != host.lower() or scheme != scheme.lower() or not host.isascii():
        hint = "browsers send lower case, and other alphabets as xn--"
        yield Finding(f"{word!r} is not spelled as a browser sends it", hint, fault=grammar.fault)
    if port is not None and port in {"", USUAL_PORT.get(scheme.lower())}:
        hint = "browsers leave the scheme's own port out"
        yield Finding(f"{word!r} names a port that browsers do not send", hint, fault=grammar.fault)


# --8<-- [start:host]
def judge_host(word: str, *, deployed: bool) -> Iterator[Finding]:
    """Find what keeps one entry of ALLOWED_HOSTS from ever equalling a Host header."""
    if word == "*":
        if deployed:
            yield Finding(
                "'*' lets every Host header in", "name the hosts; .example.com takes all below it", fault="ENV115"
            )
    elif "*" in word:
        hint = "write .example.com for example.com and all below it"
        yield Finding(f"{word!r} has a wildcard this setting does not know", hint, fault="ENV110")
    elif not HOST.fullmatch(word):
        hint = "write a name without scheme, port and path"
        yield Finding(f"{word!r} is no host name, so no request can match it", hint, fault="ENV110")


# --8<-- [end:host]


# --8<-- [start:pattern]
def judge_pattern(word: str, *, deployed: bool) -> Iterator[Finding]:
    """Find what lets strangers through a regular expression for origins, or nobody at all."""
    del deployed
    try:
        re.compile(word)
    except re.error as error:
        yield Finding(f"{word!r} is no regular expression: {error.msg}", "see Python's re", fault="ENV103")
        return
    if not re.match(r"\^?[a-z?:()|]+://", word):
        yield Finding(f"{word!r} has no scheme", r"write ^https://.*\.example\.com$", fault="ENV102")
    if not re.search(r"(\$|\\Z|\\z)\)?$", word):
        hint = "end it with $: what only begins like yours is a stranger's"
        yield Finding(f"{word!r} is open at its end", hint, fault="ENV115")
    if re.search(r"(?<![\\\]])\.(?![*+?{])", re.sub(r"\[[^\]]*\]", "x", word)):
        yield Finding(f"{word!r} has a dot that stands for any character", r"write \.", fault="ENV115")


# --8<-- [end:pattern]


def host_of(word: str) -> str:
    """Give the host of an origin, an address or a host name, without what stands for any name below it."""
    match = ORIGIN.fullmatch(word)
    return (match["host"] if match else word).lower().lstrip("*").lstrip(".")


def admits(listed: str, origin: str) -> bool:
    """Tell whether one entry of a CSRF list admits an origin, as Django compares them."""
    if "*" not in listed:
        return listed == origin
    scheme, _, host = listed.partition("://*")
    return origin.startswith(f"{scheme}://") and origin.partition("://")[2].endswith(host)
