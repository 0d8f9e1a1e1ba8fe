from __future__ import annotations

import pytest
from tests.shelf import fault_page, guide_page

from proofbook.pages.page import parse_page
from proofbook.site.llms import llms_text
from proofbook.site.plain import plain_page, without_html


def nothing(path: str) -> str:
    raise LookupError(path)


@pytest.mark.parametrize(
    ("html", "plain"),
    [
        ("a <b>b</b> <code>x &#124; y</code>", "a b `x | y`"),
        ("| <code>x &#124; y</code> | z |", r"| `x \| y` | z |"),
        ("| <code>a</code><br><code>b</code> |", "| `a`; `b` |"),
        ("<code>it is `x`</code>", "`` it is `x` ``"),
        ("<code>no <var>name</var></code>", "`no [name]`"),
        ("`<div>` and <div markdown>text</div>", "`<div>` and text"),
        ("1 < 2 and <https://a.example>", "1 < 2 and <https://a.example>"),
        ('see <a href="proofs.json">proofs</a>', "see [proofs](c/proofs.json)"),
        ('see <a href="../d/#e"><code>d</code></a>', "see [`d`](d.md#e)"),
        ('see <a href="../../">home</a>', "see [home](../index.md)"),
        ('see <a href="https://a.example/x">it</a>', "see [it](https://a.example/x)"),
        ("x { .pb-lesson-name }", "x { .pb-lesson-name }"),
        ("[x](y.md){ .pb-lesson-name }", "[x](y.md)"),
        ('a<span class="pb-badge" data-search-exclude><span class="pb-claim"><b>Proven</b></span></span>', "a"),
        ('<div class="pb-tree"><svg><text>drawn</text></svg></div>end', "end"),
        ("<ul><li>one</li><li>two</li></ul>", "\n- one\n- two"),
        ("a\n\n\n\nb", "a\n\nb"),
        ("<!-- said to nobody -->a", "a"),
    ],
)
def test_tags_become_text(html, plain):
    assert without_html("docs/b/c.md", html) == plain


def test_what_stands_in_a_fence_stays_as_it_is():
    text = "# T\n\n```html\n<div>&amp;\n\n\n</div>\n```\n\n<b>x</b>\n"

    plain = plain_page(parse_page("docs/a.md", text), text, nothing, "")

    assert plain == "# T\n\n```html\n<div>&amp;\n\n\n</div>\n```\n\nx\n"


def test_inclusions_stand_in_their_place():
    text = '# T\n\n```python\n--8<-- "a.py"\n```\n'

    plain = plain_page(parse_page("docs/a.md", text, lambda _path: "print()"), text, lambda _path: "print()", "")

    assert "```python\nprint()\n```" in plain


def test_a_fault_page_begins_with_what_the_site_shows_above_its_text():
    page = fault_page()

    plain = plain_page(page, page.text, lambda _path: "print()\n", "<p><b>Proven</b> on PostgreSQL 18.4</p>")

    assert plain.startswith(f"# MIG900: {page.title}\n\n")
    assert "- Impact: " in plain
    assert "- In the log: `" in plain
    assert "- Proven on PostgreSQL 18.4" in plain
    assert "fault: MIG900" not in plain


def test_a_guide_keeps_its_own_title():
    page = guide_page()

    plain = plain_page(page, page.text, lambda _path: "print()\n", "")

    assert plain.count("\n# ") == 0
    assert plain.startswith("# ")


def test_the_index_names_each_page_in_its_section():
    pages = [
        parse_page("docs/faults/X101.md", "---\ntitle: It fell\nfault: X101\ndescription: Lift it.\n---\n"),
        parse_page("docs/about.md", "---\ntitle: About\n---\n"),
    ]

    text = llms_text("Book", "What it is.", pages)

    assert text.startswith("# Book\n\n> What it is.\n\n")
    assert "## Faults\n\n- [X101 It fell](faults/X101.md): Lift it.\n\n## Optional\n\n- [About](about.md)\n" in text
