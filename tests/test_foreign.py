"""Snippets of any folder of Markdown, with or without a site of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from proofbook.cli import main

TABS = '=== "A"\n\n    ```bash\n    ls\n    ```\n'
MKDOCS = """
site_name: x
plugins: [search, {macros: {on_undefined: !ENV [STRICT, strict]}}]
markdown_extensions:
  - pymdownx.superfences:
      custom_fences:
        - name: mermaid
          class: mermaid
          format: !!python/name:pymdownx.superfences.fence_code_format
  - pymdownx.tabbed:
      alternate_style: true
      slugify: !!python/object/apply:pymdownx.slugs.slugify {kwds: {case: lower}}
  - pymdownx.snippets: {base_path: [!relative $config_dir, parts]}
  - pymdownx.emoji: {emoji_index: !!python/name:material.extensions.emoji.twemoji }
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    return tmp_path


def snippets(*words: str) -> tuple[Result, list[dict]]:
    result = CliRunner().invoke(main, ["snippets", *words, "--json"])
    return result, json.loads(result.stdout or "[]")


def test_a_folder_without_a_site_speaks_the_usual_markdown(folder: Path) -> None:
    (folder / "docs/a.md").write_text(f"# A\n\n{TABS}\n```yaml\na: 1\n```\n")

    result, listed = snippets("docs")

    assert result.exit_code == 0
    assert [(one["path"], one["line"], one["language"], one["runs"]) for one in listed] == [
        ("docs/a.md", 5, "bash", True),
        ("docs/a.md", 9, "yaml", False),
    ]
    assert set(listed[0]) == {"path", "line", "language", "code", "options", "role", "runs", "reason"}


def test_a_folder_with_a_site_speaks_as_its_mkdocs_file_says(folder: Path) -> None:
    (folder / "mkdocs.yml").write_text(MKDOCS)
    (folder / "parts").mkdir()
    (folder / "parts/x.sh").write_text("included\n")
    (folder / "docs/a.md").write_text(f'{TABS}\n```bash\n--8<-- "x.sh"\n```\n\n```bash\n--8<-- "parts/x.sh"\n```\n')

    result, listed = snippets("docs")

    assert result.exit_code == 0, result.output
    assert [one["code"].strip() for one in listed] == ["ls", "included", "included"]


def test_an_extension_that_is_not_named_is_not_spoken(folder: Path) -> None:
    (folder / "mkdocs.yml").write_text("markdown_extensions: [pymdownx.superfences]\n")
    (folder / "docs/a.md").write_text('--8<-- "x"\n\n!!! note\n\n    ```bash\n    ls\n    ```\n')

    _, listed = snippets("docs")

    assert [one["line"] for one in listed] == []


def test_the_nearest_site_counts(folder: Path) -> None:
    (folder / "mkdocs.yml").write_text("markdown_extensions: [pymdownx.superfences]\n")
    (folder / "docs/inner/pages").mkdir(parents=True)
    (folder / "docs/inner/mkdocs.yml").write_text("markdown_extensions: [admonition, pymdownx.superfences]\n")
    (folder / "docs/inner/pages/a.md").write_text("!!! note\n\n    ```bash\n    ls\n    ```\n")

    assert len(snippets("docs/inner/pages")[1]) == 1


def test_one_bad_page_is_told_and_the_others_are_listed(folder: Path) -> None:
    (folder / "docs/a.md").write_text("```bash\nls\n```\n")
    (folder / "docs/b.md").write_bytes(b"\xff\xfe\x00")
    (folder / "docs/c.md").write_text('```bash\n--8<-- "absent.sh"\n```\n')
    (folder / "docs/d.md").write_text("---\nx: [\n---\n```bash\nls\n```\n")

    result, listed = snippets("docs")

    assert result.exit_code == 2
    assert {"docs/a.md", "docs/d.md"} <= {one["path"] for one in listed}
    assert "proofbook: docs/b.md:1: is not UTF-8 text" in result.stderr
    assert "Traceback" not in result.output


def test_options_unknown_to_us_are_no_error(folder: Path) -> None:
    (folder / "docs/a.md").write_text('```bash {retries=3 title="x"}\nls\n```\n')

    result, listed = snippets("docs")

    assert result.exit_code == 0
    assert listed[0]["options"] == {"retries": "3", "title": "x"}


def test_roles_are_given_on_fault_pages(folder: Path) -> None:
    (folder / "docs/a.md").write_text("---\nfault: X1\n---\n```bash\nA=1\n```\n\n## Fix\n\n```bash\nls\n```\n")

    assert [one["role"] for one in snippets("docs")[1]] == ["values", "Fix"]


def test_hidden_folders_and_packages_are_passed_by(folder: Path) -> None:
    for name in (".venv", "node_modules", "docs/.cache"):
        (folder / name).mkdir()
        (folder / name / "a.md").write_text("```bash\nls\n```\n")

    assert snippets()[1] == []


def test_a_file_may_be_named(folder: Path) -> None:
    (folder / "docs/a.md").write_text("```bash\nls\n```\n")

    assert len(snippets("docs/a.md")[1]) == 1


def test_a_path_that_is_not_there_is_told(folder: Path) -> None:
    result, listed = snippets("docs/absent.md")

    assert (result.exit_code, listed) == (2, [])
    assert "docs/absent.md: cannot be read: No such file or directory" in result.stderr


@pytest.mark.parametrize("text", ["a: [", "- a\n", "markdown_extensions: 5\n", "markdown_extensions: [5]\n"])
def test_a_site_that_cannot_be_read_is_told(text: str, folder: Path) -> None:
    (folder / "mkdocs.yml").write_text(text)
    (folder / "docs/a.md").write_text("# A\n")

    result, _ = snippets("docs")

    assert result.exit_code == 2
    assert f"{folder}/mkdocs.yml: " in result.stderr


def test_text_for_a_person(folder: Path) -> None:
    (folder / "docs/a.md").write_text("```bash\nls\n```\n\n```yaml\na: 1\n```\n")

    result = CliRunner().invoke(main, ["snippets", "docs"])

    assert result.stdout.splitlines() == [
        "docs/a.md:1  bash       runs",
        "docs/a.md:5  yaml       yaml is not run",
    ]


def test_what_nothing_proves_is_listed_and_counted(folder: Path) -> None:
    (folder / "docs/a.md").write_text("```bash\nls\n```\n\n```yaml\na: 1\n```\n")

    result = CliRunner().invoke(main, ["snippets", "--unproven", "docs"])

    assert result.stdout.splitlines() == [
        "docs/a.md:5  yaml       yaml is not run",
        "1 of 2 fences are unproven",
    ]


ODD = "# A\n\none\u2028two\x0cthree\x85four\n\n```bash\nls\n```\n"


def lint(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["lint", *words])
    return done.exit_code, done.output


def test_what_is_nobodys_own_is_not_linted_below_a_folder(folder: Path) -> None:
    for name in ("node_modules/x", ".venv/x", "docs"):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "a.md").write_text("```\nls\n```\n")
    (folder / "docs/folder.md").mkdir()

    assert lint(".") == (
        1,
        "docs/a.md:1: fence has no language\nhint: write ```bash, or ```text if it is not meant to run\n",
    )
    assert lint("node_modules/x/a.md")[0] == 1


def test_only_what_ends_a_line_of_markdown_counts_as_a_line(folder: Path) -> None:
    (folder / "docs/a.md").write_text(ODD)

    assert lint("docs") == (0, "")


def test_what_cannot_be_read_is_no_finding(folder: Path) -> None:
    (folder / "docs/a.md").write_bytes("# Grüße\n".encode("latin-1"))

    assert lint("docs") == (2, "docs/a.md:1: is not UTF-8 text\nhint: save it as UTF-8\n")
    (folder / "docs/b.md").write_text("```\nls\n```\n")
    assert lint("docs")[0] == 1
