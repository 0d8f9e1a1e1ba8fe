from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.renderer import ROOT, Renderer, load, read_page, site_markdown

from proofbook.fences import Dialect, Fence, MissingInclusionError, find_fences, find_headings

if TYPE_CHECKING:
    from pathlib import Path

CASES = sorted((ROOT / "tests" / "cases" / "fences").glob("*.md"))
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"]


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(site_markdown())


@pytest.mark.parametrize("page", [*CASES, *PAGES], ids=lambda page: str(page.relative_to(ROOT)))
def test_language_and_text_are_what_the_renderer_shows(page: Path, renderer: Renderer) -> None:
    text = read_page(page)

    shown = [(fence.language, fence.code) for fence in renderer.show(text)]
    found = [(fence.language, fence.code.removesuffix("\n")) for fence in find_fences(text, load)]

    assert found == shown


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_lines_options_and_inclusions_are_as_noted(case: Path) -> None:
    found = find_fences(case.read_bytes().decode(), load)

    assert [_describe(fence) for fence in found] == case.with_suffix(".lines").read_text().splitlines()


@pytest.mark.parametrize("page", [*CASES, *PAGES], ids=lambda page: str(page.relative_to(ROOT)))
def test_each_line_of_code_stands_on_its_line_of_the_page(page: Path) -> None:
    lines = read_page(page).split("\n")

    for fence in find_fences(read_page(page), load):
        code = fence.code.split("\n")[:-1]
        assert len(code) == len(fence.code_lines)
        for text, number in zip(code, fence.code_lines, strict=True):
            source = lines[number - 1].expandtabs(4)
            assert source.endswith(text) or "8<-" in source or source.startswith("tests/")


def _describe(fence: Fence) -> str:
    parts = [f"{fence.line}-{fence.end}", fence.language or "-"]
    if fence.options:
        parts.append(json.dumps(fence.options, ensure_ascii=False))
    if fence.inclusion:
        parts.append(f"<- {fence.inclusion}")
    return " ".join(parts)


def test_an_included_line_carries_the_line_of_its_inclusion() -> None:
    page = '```bash\nset -x\n--8<-- "x.sh"\nls\n```\n'

    (fence,) = find_fences(page, {"x.sh": "one\ntwo"}.__getitem__)

    assert fence.code == "set -x\none\ntwo\nls\n"
    assert fence.code_lines == (2, 3, 3, 4)


@pytest.mark.parametrize("target", ["missing.sh", "x.sh:section", "../x.sh", "/x.sh", "https://example.com/x.sh"])
def test_a_missing_inclusion_is_an_error_with_its_line(target: str) -> None:
    with pytest.raises(MissingInclusionError, match=rf"line 3: nothing to include at '{target}'") as caught:
        find_fences(f'# Page\n\n--8<-- "{target}"\n', {"x.sh": "ls", "../x.sh": "", "/x.sh": ""}.__getitem__)

    assert (caught.value.line, caught.value.target) == (3, target)


def test_a_missing_inclusion_leaves_nothing_where_the_site_does_not_check_paths() -> None:
    dialect = Dialect.read(["pymdownx.snippets"])

    (fence,) = find_fences('```bash\nls\n--8<-- "missing.sh"\n```\n', {}.__getitem__, dialect=dialect)

    assert fence.code == "ls\n"


def test_without_a_loader_inclusions_are_text() -> None:
    (fence,) = find_fences('```bash\n--8<-- "x.sh"\n```\n')

    assert (fence.code, fence.inclusion) == ('--8<-- "x.sh"\n', None)


def test_a_site_without_tabs_shows_code_instead_of_a_fence() -> None:
    page = '=== "Tab"\n\n    ```bash\n    ls\n    ```\n'

    assert find_fences(page)
    assert not find_fences(page, dialect=Dialect.read(["pymdownx.superfences"]))


def test_relaxed_headers_take_any_word() -> None:
    relaxed = Dialect.read([{"pymdownx.superfences": {"relaxed_headers": True}}])

    (fence,) = find_fences("```bash once\nls\n```\n", dialect=relaxed)

    assert (fence.language, fence.info, fence.options) == ("bash", "bash once", {})


def test_title_is_an_option_of_pygments_only() -> None:
    plain = Dialect.read([{"pymdownx.highlight": {"use_pygments": False}}])

    assert not find_fences('```bash title="x"\nls\n```\n', dialect=plain)


def test_headings_are_found_outside_fences_comments_and_front_matter() -> None:
    page = (
        "---\ntitle: x\n# no\n---\n# One\n\n```bash\n# no\n```\n\n<!--\n# no\n-->\n## Two `x` {#two}\n"
        "<div>\n# no\n</div>\n\n    # no\n\n###Three ###\n"
    )

    found = [(heading.line, heading.level, heading.text) for heading in find_headings(page)]

    assert found == [(5, 1, "One"), (14, 2, "Two `x`"), (21, 3, "Three")]


def test_a_line_of_many_quotes_takes_no_exponential_time() -> None:
    assert not find_fences("```x " + 'a="" ' * 200 + "!\nls\n```\n")
