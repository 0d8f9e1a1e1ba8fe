"""The one reader of mkdocs.yml: which Markdown a site speaks, and where it includes from."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.repository import ROOT

from proofbook.errors import ProofbookError
from proofbook.pages.mkdocs_file import find_mkdocs_file, include_folders, read_dialect


def write(folder: Path, text: str, name: str = "mkdocs.yml") -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_without_a_file_it_is_the_usual_list() -> None:
    dialect = read_dialect(None)

    assert dialect.has("pymdownx.superfences")
    assert dialect.has("pymdownx.tabbed")
    assert dialect.option("pymdownx.tabbed", "alternate_style", None) is True


def test_a_file_that_names_none_means_the_usual_list(tmp_path: Path) -> None:
    assert read_dialect(write(tmp_path, "site_name: x\n")).has("pymdownx.superfences")


def test_names_with_and_without_options(tmp_path: Path) -> None:
    file = write(tmp_path, "markdown_extensions:\n  - tables\n  - toc: {permalink: true}\n  - footnotes:\n")

    dialect = read_dialect(file)

    assert [dialect.has(name) for name in ("tables", "toc", "footnotes", "admonition")] == [True, True, True, False]
    assert dialect.option("toc", "permalink", None) is True


def test_a_mapping_of_extensions_is_read_too(tmp_path: Path) -> None:
    dialect = read_dialect(write(tmp_path, "markdown_extensions:\n  tables: {}\n  toc:\n    permalink: true\n"))

    assert dialect.has("tables")
    assert dialect.option("toc", "permalink", None) is True


@pytest.mark.parametrize("name", ["mkdocs.yml", "mkdocs.yaml", "properdocs.yml"])
def test_the_nearest_file_is_found(name: str, tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    file = write(tmp_path, "x: 1", name)

    assert find_mkdocs_file(tmp_path / "a/b") == file


def test_include_folders_are_relative_to_the_file(tmp_path: Path) -> None:
    listed = write(
        tmp_path, "markdown_extensions: [{pymdownx.snippets: {base_path: [!relative $config_dir, parts]}}]\n"
    )
    assert include_folders(listed) == [tmp_path, tmp_path / "parts"]

    single = write(tmp_path, "markdown_extensions: [{pymdownx.snippets: {base_path: parts}}]\n")
    assert include_folders(single) == [tmp_path / "parts"]


@pytest.mark.parametrize("text", ["a: [", "- a\n", "markdown_extensions: 5\n", "\x00"])
def test_a_file_that_cannot_be_read_is_told(text: str, tmp_path: Path) -> None:
    with pytest.raises(ProofbookError) as caught:
        read_dialect(write(tmp_path, text))

    assert caught.value.place == str(tmp_path / "mkdocs.yml")


def test_our_own_site_is_read() -> None:
    dialect = read_dialect(ROOT / "mkdocs.yml")

    assert dialect.has("pymdownx.superfences")
    assert dialect.option("pymdownx.snippets", "check_paths", False) is True
