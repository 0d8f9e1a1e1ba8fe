from __future__ import annotations

import json
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from mkdocs.exceptions import PluginError
from tests.repository import copy_tiny

from proofbook import macros
from proofbook.site.markup import lean


class FakePlugin(SimpleNamespace):
    """The part of mkdocs-macros' plugin that the adapter uses."""

    def __init__(self, root: Path, site: Path) -> None:
        conf = {"nav": ["guide.md", {"Faults": ["faults/*.md"]}], "site_dir": str(site)}
        conf |= {"site_name": "Book", "site_description": "What it is."}
        super().__init__(project_dir=str(root), conf=conf, macros={}, markdown="")

    def macro(self, function, name):
        self.macros[name] = function

    def turn_to(self, path: str, url: str) -> None:
        self.page = SimpleNamespace(file=SimpleNamespace(src_uri=path), url=url, title="", meta={})


@pytest.fixture
def plugin(tmp_path: Path) -> FakePlugin:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text('<head><meta charset="utf-8"></head>')
    return FakePlugin(copy_tiny(tmp_path / "tiny"), tmp_path / "site")


def test_a_build_begins_with_the_navigation_written_out_and_the_tables_offered(plugin):
    macros.define_env(plugin)

    assert plugin.conf["nav"] == ["guide.md", {"Faults": ["faults/TNY101.md"]}]
    assert set(plugin.macros) == {
        *macros.TABLES,
        "obligation_table",
        "archive_checksum",
        "decision_tree",
        "checklist",
        "rehearsals",
    }
    plugin.turn_to("guide.md", "guide/")
    assert "[TNY101](faults/TNY101.md)" in plugin.macros["fault_table"]()
    assert plugin.macros["obligation_table"]().count("\n") == 13


def test_a_fault_page_gets_its_title_and_its_standing(plugin):
    macros.define_env(plugin)
    plugin.turn_to("faults/TNY101.md", "faults/TNY101/")

    macros.on_pre_page_macros(plugin)

    assert plugin.page.title == "TNY101 The service is down"
    assert plugin.page.meta["search"] == {"boost": 2}
    assert "Never proven here" in plugin.markdown
    assert 'href="../../runbooks/mend.py"' in plugin.markdown


def test_quotes_in_a_description_do_not_end_the_attribute_it_stands_in(plugin):
    macros.define_env(plugin)
    plugin.turn_to("guide.md", "guide/")
    plugin.page.meta["description"] = 'stops with "contains null values"'

    macros.on_pre_page_macros(plugin)

    assert plugin.page.meta["description"] == "stops with &quot;contains null values&quot;"


def test_a_guide_keeps_its_own_title(plugin):
    macros.define_env(plugin)
    plugin.turn_to("guide.md", "guide/")

    macros.on_pre_page_macros(plugin)

    assert (plugin.page.title, plugin.page.meta) == ("", {})


def test_after_the_build_records_and_runbooks_are_published(plugin, tmp_path):
    macros.define_env(plugin)

    macros.on_post_build(plugin)

    assert json.loads((tmp_path / "site/proofs.json").read_text("utf-8"))["proofs"] == []
    assert (tmp_path / "site/runbooks/mend.py").read_text("utf-8").startswith('"""')
    assert "service is down: reason" in (tmp_path / "site/javascripts/diagnosis/known.js").read_text("utf-8")
    assert "Content-Security-Policy" in (tmp_path / "site/index.html").read_text("utf-8")
    assert zipfile.is_zipfile(tmp_path / "site/proofbook-offline.zip")


def test_an_error_of_ours_ends_the_build_with_its_text(plugin):
    (Path(plugin.project_dir) / "docs/bad.md").write_bytes(b"\xff")

    with pytest.raises(PluginError, match=r"docs/bad\.md:1: is not UTF-8 text\nhint: "):
        macros.define_env(plugin)


def test_after_the_build_each_page_is_there_as_markdown_with_what_its_macros_gave(plugin, tmp_path):
    macros.define_env(plugin)
    plugin.turn_to("guide.md", "guide/")
    plugin.page.meta["render_macros"] = True
    plugin.markdown = "# A guide\n\nmade by a macro\n"

    macros.on_post_page_macros(plugin)
    macros.on_post_build(plugin)

    assert "made by a macro" in (tmp_path / "site/guide.md").read_text("utf-8")
    assert (tmp_path / "site/faults/TNY101.md").read_text("utf-8").startswith("# TNY101: The service is down\n")
    assert "(faults/TNY101.md)" in (tmp_path / "site/llms.txt").read_text("utf-8")


def test_a_script_is_sent_without_what_only_its_authors_read():
    script = '"use strict";\n\n// why\n{\n  const one = "// kept";\n  one();  // kept\n}\n'

    assert lean(script) == '"use strict";\n{\nconst one = "// kept";\none();  // kept\n}\n'
