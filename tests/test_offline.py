"""The site as a folder: every link names a file, and the same site gives the same bytes."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest

from proofbook.site.offline import NAME, publish_offline

PAGE = """<a href="../../">home</a> <a href="../b/#there">b</a> <a href="../a.py">source</a> <a href="?q=1">here</a>
<a href="#top">top</a> <a href="https://example.org/">out</a> <a href=".">self</a> <a href="../gone/">gone</a>
<p class="pb-online">Take <a href="../../proofbook-offline.zip">this</a>.</p>
"""
INDEX = {
    "config": {"lang": ["en"]},
    "docs": [{"location": where} for where in ("", "#x", "faults/a/", "faults/a/#fix", "r.py")],
}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    files = {
        "index.html": '<a href="faults/a/">a</a>',
        "404.html": '<a href="/">home</a>',
        "sitemap.xml": "2026-11-23",
        "faults/a/index.html": PAGE,
        "faults/b/index.html": "",
        "faults/a.py": "pass\n",
        "search/search_index.json": json.dumps(INDEX),
        "proofs.json": json.dumps({"generated": "2026-11-23T00:00:00+00:00", "commit": "abc", "proofs": []}),
        "assets/javascripts/bundle.js.map": "{}",
    }
    for path, text in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text, "utf-8")
    return site


def read(site: Path) -> dict[str, str]:
    publish_offline(site)
    with zipfile.ZipFile(site / NAME) as archive:
        return {name.removeprefix("proofbook/"): archive.read(name).decode() for name in archive.namelist()}


def test_every_link_that_a_server_would_resolve_names_its_file(built):
    files = read(built)

    assert files["index.html"] == '<a href="faults/a/index.html">a</a>'
    page = files["faults/a/index.html"]
    links = ("../../index.html", "../b/index.html#there", "../a.py", "?q=1", "#top", "https://example.org/", "../gone/")
    assert [link for link in links if f'href="{link}"' not in page] == []
    assert 'href="./index.html">self' in page


def test_what_only_a_server_serves_is_left_out_and_nobody_is_sent_for_it(built):
    files = read(built)

    assert set(files) == {
        *("index.html", "faults/a/index.html", "faults/b/index.html", "faults/a.py"),
        *("search/search_index.js", "proofs.json"),
    }
    assert "proofbook-offline.zip" not in files["faults/a/index.html"]


def test_the_search_index_is_a_script_and_leads_to_files(built):
    text = read(built)["search/search_index.js"]

    index = json.loads(text.removeprefix("var __index = ").removesuffix(";\n"))
    assert index["config"] == INDEX["config"]
    assert [each["location"] for each in index["docs"]] == [
        *("index.html", "index.html#x", "faults/a/index.html", "faults/a/index.html#fix", "r.py"),
    ]


def test_neither_times_nor_the_moment_of_the_build_are_in_it(built):
    read(built)
    first = (built / NAME).read_bytes()
    for number, file in enumerate(sorted(built.rglob("*.html"))):
        os.utime(file, (number, number))
    records = built / "proofs.json"
    records.write_text(records.read_text("utf-8").replace("2026-11-23", "2026-11-24"), "utf-8")

    publish_offline(built)

    assert (built / NAME).read_bytes() == first


def test_another_page_makes_another_archive(built):
    read(built)
    first = (built / NAME).read_bytes()
    (built / "faults/b/index.html").write_text("more", "utf-8")

    publish_offline(built)

    assert (built / NAME).read_bytes() != first
