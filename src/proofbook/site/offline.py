"""Packs the built site so that it opens from a folder: no server, no address, its search still works."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname, join, normpath

from proofbook.site.archive import LONG_AGO, PLAIN_FILE, UNIX

NAME = "proofbook-offline.zip"
FOLDER = "proofbook"
INDEX = "index.html"
SEARCH = "search/search_index"
# what only a server or a developer asks for
LEFT_OUT = re.compile(r"^(404\.html|sitemap\.xml(\.gz)?|proofbook-offline\.zip|assets/javascripts/lunr/.*|.*\.map)$")
_LINK = re.compile(r'(?<= href=")(?![a-z]+:|#|/)(?P<path>[^"#?]+)')
_ONLINE_ONLY = re.compile(r'<p class="pb-online">.*?</p>\n?', re.DOTALL)


def publish_offline(site: Path) -> None:
    """Write the archive into the site; made of the same files, it has the same bytes."""
    with zipfile.ZipFile(site / NAME, "w") as archive:
        for path, content in sorted(_files(site)):
            entry = zipfile.ZipInfo(f"{FOLDER}/{path}", LONG_AGO)
            entry.create_system, entry.external_attr = UNIX, PLAIN_FILE
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)


def _files(site: Path) -> Iterator[tuple[str, bytes]]:
    for file in site.rglob("*"):
        path = file.relative_to(site).as_posix()
        if not file.is_file() or LEFT_OUT.match(path):
            continue
        if path == f"{SEARCH}.json":
            yield f"{SEARCH}.js", _search(file.read_text("utf-8")).encode()
        elif path == "proofs.json":
            yield path, _undated(file.read_text("utf-8")).encode()
        elif path.endswith(".html"):
            yield path, _page(site, path, file.read_text("utf-8")).encode()
        else:
            yield path, file.read_bytes()


def _page(site: Path, path: str, text: str) -> str:
    """Give a page whose links name files: a folder shows its list of files, not its page."""

    def named(found: re.Match[str]) -> str:
        target = normpath(join(dirname(path), found["path"]))
        return f"{found['path'].rstrip('/') or '.'}/{INDEX}" if (site / target / INDEX).is_file() else found["path"]

    return _LINK.sub(named, _ONLINE_ONLY.sub("", text))


def _search(text: str) -> str:
    """Give the index as the script that the theme loads where it cannot fetch."""
    index = json.loads(text)
    for entry in index["docs"]:
        path, mark, anchor = entry["location"].partition("#")
        if not path or path.endswith("/"):
            entry["location"] = f"{path}{INDEX}{mark}{anchor}"
    return f"var __index = {json.dumps(index, ensure_ascii=False, separators=(',', ':'))};\n"


def _undated(text: str) -> str:
    """Give the records without the moment at which the site was built."""
    records = json.loads(text)
    del records["generated"]
    return f"{json.dumps(records, indent=1)}\n"
