"""A snippet has its place, and runs or has a reason why not."""

from __future__ import annotations

import pytest

from proofbook.pages.page import parse_page
from proofbook.pages.snippets import Snippet

FILES = {"lab/a.py": "x = 1", "lab/a.sh": "ls", "lab/a.sql": "select 1;", "lab/a.conf": "listen 80;"}


def snippets(text: str) -> tuple[Snippet, ...]:
    return parse_page("docs/page.md", text, FILES.__getitem__).snippets


@pytest.mark.parametrize(
    ("fence", "reason"),
    [
        ("```bash\nls\n```", ""),
        ("```sql\nselect 1;\n```", ""),
        ("```diff\n-a\n+b\n```", ""),
        ("```python\nx = 1\n```", ""),
        ('```python\n--8<-- "lab/a.py"\n```', "from source lab/a.py"),
        ('```nginx\n--8<-- "lab/a.conf"\n```', "from source lab/a.conf"),
        ('```bash\n--8<-- "lab/a.sh"\n```', ""),
        ('```sql\n--8<-- "lab/a.sql"\n```', ""),
        ('```python\n--8<-- "lab/a.py"\ny = 2\n```', ""),
        ("```yaml\na: 1\n```", "yaml is not run"),
        ("```\nx\n```", "no language is not run"),
        ("```mermaid\ngraph\n```", "diagram"),
        ("```output\nx\n```", "expected output"),
        ('```bash {unproven="needs a cloud account"}\nls\n```', "needs a cloud account"),
    ],
)
def test_the_reason_why_a_fence_does_not_run(fence: str, reason: str) -> None:
    (snippet,) = snippets(f"# A\n\n{fence}\n")

    assert (snippet.runs, snippet.reason) == (not reason, reason)


def test_the_place_is_what_a_terminal_reads() -> None:
    (snippet,) = snippets("# A\n\n```bash\nls\n```\n")

    assert str(snippet) == "docs/page.md:3"
    assert snippet.name == "page.md:3"


@pytest.mark.parametrize(
    ("between", "belongs"),
    [("", True), ("\n", True), ("\n\n\n", True), ("\nprints\n\n", False), ("\n<!-- x -->\n\n", False)],
)
def test_output_belongs_to_the_fence_right_before_it(between: str, belongs: bool) -> None:
    first, _ = snippets(f"```bash\nls\n```\n{between}```output\nx\n```\n")

    assert first.expected == ("x\n" if belongs else None)


def test_output_in_a_block_quote_belongs_too() -> None:
    first, _ = snippets("> ```bash\n> ls\n> ```\n>\n> ```output\n> x\n> ```\n")

    assert first.expected == "x\n"


def test_the_public_fields_are_those_of_the_command() -> None:
    (snippet,) = snippets("```bash {exit=1}\nls\n```\n")

    assert snippet.as_json() == {
        "path": "docs/page.md",
        "line": 1,
        "language": "bash",
        "code": "ls\n",
        "options": {"exit": "1"},
        "role": "",
        "runs": True,
        "reason": "",
    }
