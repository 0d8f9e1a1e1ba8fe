"""Reads a built site: what each page asks for, where it leads, and what can be jumped to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

ASKED_FOR = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "iframe": ("src",),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "object": ("data",),
    "embed": ("src",),
    "use": ("href", "xlink:href"),
}
ONLY_NAMED = {"canonical", "prev", "next", "alternate"}
IN_CSS = re.compile(r"""(?:url\(|@import)\s*["']?([^"')\s]+)""")


@dataclass
class BuiltPage(HTMLParser):
    """One page of a built site."""

    path: str
    text: str
    asks: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)
    title: str = ""
    description: str = ""
    headings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open = ""
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {key: value or "" for key, value in attrs}
        self._open = tag
        self.ids |= {value for key, value in named.items() if key in ("id", "name")}
        self.classes |= set(named.get("class", "").split())
        self.asks += [named[name] for name in ASKED_FOR.get(tag, ()) if name in named]
        self.asks += IN_CSS.findall(named.get("style", ""))
        if tag == "link" and named.get("rel") not in ONLY_NAMED:
            self.asks.append(named.get("href", ""))
        if tag == "a" and "href" in named:
            self.links.append(named["href"])
        if tag == "meta" and named.get("name") == "description":
            self.description = named.get("content", "")
        if tag == "h1":
            self.headings.append("")

    def handle_data(self, data: str) -> None:
        if self._open == "title":
            self.title += data
        if self._open == "style":
            self.asks += IN_CSS.findall(data)
        if self._open == "h1" and self.headings:
            self.headings[-1] += data

    def handle_endtag(self, _tag: str) -> None:
        self._open = ""


class BuiltSite:
    """All pages of a built site."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        files = [file for file in sorted(folder.rglob("*.html")) if file.name != "404.html"]
        self.pages = {self._url(file): BuiltPage(self._url(file), file.read_text("utf-8")) for file in files}

    def _url(self, file: Path) -> str:
        return file.relative_to(self.folder).as_posix().removesuffix("index.html")

    def leads_to(self, page: BuiltPage, href: str) -> str:
        """Give the address inside the site that a link leads to."""
        return urljoin(f"/{page.path}", href).lstrip("/")

    def is_there(self, address: str) -> bool:
        """Tell whether an address of the site exists, its anchor too."""
        parts = urlsplit(address)
        path = unquote(parts.path)
        if path in self.pages:
            return not parts.fragment or unquote(parts.fragment) in self.pages[path].ids
        return (self.folder / path).is_file()


def is_outside(href: str) -> bool:
    """Tell whether an address names another host."""
    return bool(urlsplit(href).netloc)
