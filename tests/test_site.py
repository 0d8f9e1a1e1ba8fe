from __future__ import annotations

import contextlib
import functools
import gzip
import hashlib
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from markdown.extensions.toc import slugify
from tests.built import IN_CSS, BuiltPage, BuiltSite, is_outside
from tests.repository import ROOT

from proofbook.fences import find_fences, find_headings
from proofbook.pages.lessons import CHECKLISTS
from proofbook.site.archive import pack
from proofbook.site.edition import Edition, read_edition

pytestmark = pytest.mark.slow

BUILDERS = ("mkdocs", "properdocs")
IN_MARKDOWN = re.compile(r"(?<![!`])\[[^\]]*\]\(([^)\s]+)\)")
IN_CODE = re.compile(r"^```.*?^```|^ +```.*?^ +```|(`+)(?!`).+?(?<!`)\1(?!`)", re.MULTILINE | re.DOTALL)
SECTION_BELOW = 50
PAGE_BYTES = 20_000
FIRST_LOAD_BYTES = 120 * 1024
# it grows with what is written; a page does without, until its search is used: tests/browser/test_search.py
INDEX_BYTES = 400 * 1024
BROWSING = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"),
    *("--virtual-time-budget=3000", "--dump-dom"),
)
# the theme's own script asks this host only on a page with a diagram and no vendored mermaid
DORMANT = {"unpkg.com"}


def build(builder: str, root: Path, site: Path) -> subprocess.CompletedProcess[str]:
    tools = Path(sys.executable).parent
    words = [tools / builder, "build", "--strict", "--config-file", root / "mkdocs.yml", "--site-dir", site]
    environment = {"PATH": os.environ["PATH"], "HOME": str(site.parent), "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(words, cwd=root, env=environment, capture_output=True, text=True, check=False)


def copy_repository(target: Path) -> Path:
    """Copy the repository without its history, its environments and its records: nobody else changes it meanwhile."""
    made = (".git", ".venv*", ".proofbook", ".*_cache", "__pycache__", "site", "*.sock")
    return shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns(*made))


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_repository(tmp_path_factory.mktemp("site") / "repository")


@pytest.fixture(scope="module", params=BUILDERS)
def built(request: pytest.FixtureRequest, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = tmp_path_factory.mktemp(request.param) / "site"
    done = build(request.param, repository, site)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout + done.stderr
    return site


@pytest.fixture(scope="module")
def site(built: Path) -> BuiltSite:
    return BuiltSite(built)


@pytest.fixture(scope="module")
def edition(repository: Path) -> Edition:
    return read_edition(repository)


def url_of(path: str) -> str:
    """Give the address of the page written in docs/..."""
    return path.removeprefix("docs/").removesuffix(".md").removesuffix("index").rstrip("/") + "/" * (
        path != "docs/index.md"
    )


def links_between(site: BuiltSite, source: str, target: str) -> bool:
    page = site.pages[source]
    return any(site.leads_to(page, href) == target for href in page.links)


def test_every_page_is_built_with_one_title_and_a_description(site, edition):
    pages = [path for path in edition.pages if path.startswith("docs/")]

    assert {url_of(path) for path in pages} == set(site.pages)
    lacking = [page.path for page in site.pages.values() if not page.title.strip() or len(page.description) < 30]
    assert lacking == []
    assert [page.path for page in site.pages.values() if len(page.headings) != 1] == []


def test_no_page_asks_another_host_for_anything(site):
    asked = [ask for page in site.pages.values() for ask in page.asks]
    asked += [ask for file in site.folder.rglob("*.css") for ask in IN_CSS.findall(file.read_text("utf-8"))]

    assert len(asked) > len(site.pages)
    assert [ask for ask in asked if is_outside(ask)] == []


def test_scripts_fetch_from_no_other_host(site):
    loading = re.compile(
        r"""(?:fetch|import|src\s*=|load\w*|\b\w{1,2})\(?\s*["'`](https?://[^"'`]+\.(?:js|css|json))"""
    )

    hosts = {
        urlsplit(found).netloc
        for file in site.folder.rglob("*.js")
        for found in loading.findall(file.read_text("utf-8"))
    }

    assert hosts == DORMANT
    assert not any("mermaid" in page.classes for page in site.pages.values())


def test_every_link_and_anchor_inside_the_site_leads_somewhere(site):
    broken = [
        f"{page.path}: {href}"
        for page in site.pages.values()
        for href in (*page.links, *page.asks)
        if not is_outside(href) and not site.is_there(site.leads_to(page, href))
    ]

    assert broken == []


def test_a_fault_page_and_its_runbooks_page_link_each_other(site, edition):
    pairs = [(url_of(page.path), f"runbooks/{page.runbook_name}/") for page in edition.faults if page.runbook_name]

    assert [pair for pair in pairs if not links_between(site, *pair)] == []
    assert [pair for pair in pairs if not links_between(site, *reversed(pair))] == []
    sources = [(fault, runbook.rstrip("/") + ".py") for fault, runbook in pairs]
    assert [pair for pair in sources if not links_between(site, *pair)] == []


def test_a_runbooks_page_leads_to_every_page_that_uses_it(site, edition):
    wanted = [
        (f"runbooks/{name}/", url_of(page.path))
        for name in edition.runbooks
        for page in edition.users(name)
        if page.path.startswith("docs/")
    ]

    assert [pair for pair in wanted if not links_between(site, *pair)] == []


def test_the_index_and_the_list_lead_to_every_fault(site, edition):
    wanted = [(source, url_of(page.path)) for page in edition.faults for source in ("faults/", "")]

    assert [pair for pair in wanted if not links_between(site, *pair)] == []


def test_without_records_no_page_claims_to_be_proven(site, edition):
    claims = re.compile(r'pb-claim pb-passed"')
    legend = {""}

    assert [page.path for page in site.pages.values() if page.path not in legend and claims.search(page.text)] == []
    assert all("Never proven here" in site.pages[url_of(page.path)].text for page in edition.faults)


def test_proofs_and_runbooks_are_published(built, repository):
    published = json.loads((built / "proofs.json").read_text("utf-8"))

    assert set(published) == {"generated", "commit", "proofs"}
    assert {file.name for file in (built / "runbooks").glob("*.py")} == {
        file.name for file in (repository / "runbooks").glob("*.py")
    }


def test_every_page_is_there_as_markdown_and_llms_txt_leads_to_each(built, edition):
    paths = {path.removeprefix("docs/") for path in edition.pages if path.startswith("docs/")}

    assert {file.relative_to(built).as_posix() for file in built.rglob("*.md")} == paths
    index = (built / "llms.txt").read_text("utf-8")
    assert index.startswith("# Proofbook\n\n> ")
    assert set(IN_MARKDOWN.findall(index)) == {*paths, "llms-full.txt"}


def test_all_pages_are_there_as_one_text_too(built):
    whole = (built / "llms-full.txt").read_text("utf-8")
    _head, *parts = re.split(r"^<!-- (\S+\.md) -->$", whole, flags=re.MULTILINE)

    texts = dict(zip(parts[::2], parts[1::2], strict=True))
    pages = {file.relative_to(built).as_posix(): file for file in built.rglob("*.md")}
    assert whole.startswith("# Proofbook\n\n> ")
    assert {path: text.strip() for path, text in texts.items()} == {
        path: file.read_text("utf-8").strip() for path, file in pages.items()
    }


def test_a_page_as_markdown_holds_neither_html_nor_macros_and_every_fence_as_it_runs(built, edition):
    for path, page in edition.pages.items():
        if path.startswith("docs/"):
            text = (built / path.removeprefix("docs/")).read_text("utf-8")
            fences = find_fences(text)
            assert [fence.code for fence in fences] == [fence.code for fence in page.snippets], path
            inside = {line for fence in fences for line in range(fence.line, fence.end + 1)}
            prose = "\n".join(line for at, line in enumerate(text.splitlines(), 1) if at not in inside)
            assert not re.findall(r"</?(?:div|span|code|svg|dl|dt)\b|\{\{|8<-", IN_CODE.sub("", prose)), path


def test_every_link_of_a_page_as_markdown_leads_somewhere(built):
    broken = []
    for file in built.rglob("*.md"):
        for href in IN_MARKDOWN.findall(IN_CODE.sub("", file.read_text("utf-8"))):
            path, _, anchor = href.partition("#")
            target = (file.parent / path).resolve() if path else file
            if "://" not in href and not (target.is_file() and (not anchor or anchor in anchors(target))):
                broken.append(f"{file.relative_to(built)}: {href}")

    assert broken == []


@functools.cache
def anchors(file: Path) -> set[str]:
    return {slugify(heading.text, "-") for heading in find_headings(file.read_text("utf-8"))}


def test_all_runbooks_are_offered_as_one_file_with_its_checksum(built, site, repository):
    offered = (built / "runbooks/runbooks.pyz").read_bytes()
    page = site.pages["runbooks/"]

    assert offered == pack((repository / "runbooks").glob("*.py"))
    assert hashlib.sha256(offered).hexdigest() in page.text
    assert {"runbooks.pyz", "runbooks.pyz.sha256"} <= set(page.links)


def test_sections_stay_small_and_pages_light(site, built):
    entries = re.compile(r'class="md-nav__link"')

    crowded = {page.path: len(entries.findall(page.text)) for page in site.pages.values()}
    sent = {page.path: len(gzip.compress(page.text.encode())) for page in site.pages.values()}
    assert {path: count for path, count in crowded.items() if count >= SECTION_BELOW * 2} == {}
    assert {path: size for path, size in sent.items() if size > PAGE_BYTES} == {}
    shared = {site.leads_to(page, ask) for page in site.pages.values() for ask in page.asks}
    weight = {path: len(gzip.compress((built / path).read_bytes())) for path in shared}
    assert sum(weight.values()) + max(sent.values()) <= FIRST_LOAD_BYTES, weight
    assert len(gzip.compress((built / "search/search_index.json").read_bytes())) <= INDEX_BYTES


def test_each_section_of_the_navigation_holds_fewer_than_fifty_pages(edition):
    sections: dict[str, int] = {}
    for path in edition.pages:
        section = re.sub(r"\d\d\.md$", "", path) if "/faults/" in path else str(Path(path).parent)
        sections[section] = sections.get(section, 0) + 1

    assert {name: count for name, count in sections.items() if count >= SECTION_BELOW} == {}


LINK, ANCHOR = "\n[gone](faults/GONE999.md)\n", "\n[gone](reference/glossary.md#gone)\n"
STRAY = "---\ntitle: In no section\n---\nNot in the navigation.\n"


@pytest.mark.parametrize(
    ("builder", "broken", "told"),
    [
        ("mkdocs", ("docs/index.md", LINK), "faults/GONE999.md"),
        ("properdocs", ("docs/index.md", LINK), "faults/GONE999.md"),
        ("mkdocs", ("docs/index.md", ANCHOR), "#gone"),
        ("properdocs", ("docs/index.md", ANCHOR), "#gone"),
        ("mkdocs", ("docs/index.md", "\n{{ gone() }}\n"), "'gone' is undefined"),
        ("mkdocs", ("docs/reference/glossary.md", '\n```text\n--8<-- "gone.txt"\n```\n'), "gone.txt"),
        ("mkdocs", ("docs/reference/glossary.md", "\n[absolute](/faults/)\n"), "absolute link"),
        ("mkdocs", ("docs/stray/page.md", STRAY), "stray/page.md"),
        ("mkdocs", ("docs/reference/broken.md", "---\ntitle: [\n---\n"), "docs/reference/broken.md:3: front matter is"),
    ],
)
def test_what_is_broken_breaks_the_build_and_is_named(repository, tmp_path, builder, broken, told):
    root = tmp_path / "repository"
    shutil.copytree(repository, root, copy_function=os.link)
    append(root / broken[0], broken[1])

    done = build(builder, root, tmp_path / "site")

    assert done.returncode != 0
    assert told in done.stdout + done.stderr


def append(file: Path, text: str) -> None:
    """Write into a file of one's own: the copy shares its files with what it is a copy of."""
    before = file.read_text("utf-8") if file.exists() else ""
    file.parent.mkdir(exist_ok=True)
    file.unlink(missing_ok=True)
    file.write_text(before + text, "utf-8")


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_words: object) -> None:
        pass


@contextlib.contextmanager
def served(folder: Path):
    handler = functools.partial(_Silent, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def look(folder: Path, address: str, profile: Path) -> tuple[str, set[str]]:
    """Open a page in a real browser; give what stands in it then, and every host it asked."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs chromium")
    log = profile.parent / f"{profile.name}.json"
    with served(folder) as root:
        command = [chromium, *BROWSING, f"--user-data-dir={profile}", f"--log-net-log={log}", f"{root}/{address}"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    asked = [event["params"] for event in json.loads(log.read_text("utf-8"))["events"] if "params" in event]
    # what the browser asks on its own account has another initiator
    urls = [params["url"] for params in asked if str(params.get("initiator")).startswith(root)]
    return done.stdout, {str(urlsplit(url).hostname) for url in urls if not url.startswith("data:")}


def pages_printed(folder: Path, address: str, place: Path) -> int:
    """Print a page in a real browser, and count the sheets."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs chromium")
    file = place / "printed.pdf"
    flags = [each for each in BROWSING if each != "--dump-dom"]
    with served(folder) as root:
        command = [
            chromium,
            *flags,
            f"--user-data-dir={place / 'profile'}",
            f"--print-to-pdf={file}",
            f"{root}/{address}",
        ]
        subprocess.run(command, capture_output=True, check=True, timeout=120)
    return len(re.findall(rb"/Type ?/Page\b", file.read_bytes()))


def test_a_real_browser_asks_no_other_host_and_names_the_search(built, tmp_path):
    shown, hosts = look(built, "index.html", tmp_path / "profile")

    assert hosts == {"127.0.0.1"}
    dialog = BuiltPage("", shown).text.partition('class="md-search"')[2].partition(">")[0]
    assert 'aria-label="Search"' in dialog


def test_the_browser_would_notice_another_host(built, tmp_path):
    site = tmp_path / "site"
    shutil.copytree(built, site)
    index = site / "faults/index.html"
    foreign = '<img src="http://fonts.example.test/a.png" alt="">'
    index.write_text(index.read_text("utf-8").replace("</body>", f"{foreign}</body>"), "utf-8")

    _shown, hosts = look(site, "faults/", tmp_path / "profile")

    assert hosts == {"127.0.0.1", "fonts.example.test"}


@pytest.mark.parametrize("built", ["mkdocs"], indirect=True)
@pytest.mark.parametrize("name", CHECKLISTS)
def test_a_checklist_is_one_printed_page(built, name, tmp_path):
    assert pages_printed(built, f"checklists/{name}/", tmp_path) == 1


@pytest.mark.parametrize("built", ["mkdocs"], indirect=True)
def test_a_page_too_many_would_be_noticed(built, tmp_path):
    assert pages_printed(built, "lessons/", tmp_path) > 1


def test_a_pasted_log_line_finds_its_fault(repository, tmp_path):
    site = tmp_path / "site"
    assert build("mkdocs", repository, site).returncode == 0
    paste = """<script type="module">
      const field = document.querySelector(".pb-field textarea");
      field.value = '2026-11-22 ERROR app: IntegrityError: column "grade" of relation "shop_item" contains null values';
      field.dispatchEvent(new Event("input"));
    </script></body>"""
    index = site / "faults/index.html"
    index.write_text(index.read_text("utf-8").replace("</body>", paste), "utf-8")

    shown, _hosts = look(site, "faults/", tmp_path / "profile")

    table = shown.partition("data-filter")[2].partition("</table>")[0]
    rows = re.findall(r"<tr([^>]*)>\s*(<td.*?)</tr>", table, re.DOTALL)
    left = {re.search(r"[A-Z]{3}\d{3}", row)[0] for hidden, row in rows if not hidden}
    assert len(rows) > len(left)
    # the two that print this text
    assert left == {"MIG207", "MIG208"}
