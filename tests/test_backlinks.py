"""A page that another names under Related leads back to it, without anybody editing it."""

from __future__ import annotations

from proofbook.pages.page import Page, parse_page
from proofbook.site.backlinks import named_under_related, naming, with_back_links


def page(path: str, related: str, before: str = "") -> Page:
    return parse_page(f"docs/{path}", f"---\ntitle: The {path}\n---\n{before}\n\n## Related\n\n{related}\n")


def test_what_is_named_is_what_stands_under_related() -> None:
    text = "[a](a.md#b), [up](../index.md) and [out](https://example.test/x.md)\n\n```bash\n[no](no.md)\n```\n"
    named = named_under_related(page("faults/x.md", text + "\n## Notes\n\n[late](late.md)\n", "[early](early.md)"))

    assert {"docs/faults/a.md", "docs/index.md"} <= named
    assert not {"docs/faults/early.md", "docs/faults/late.md"} & named


def test_a_page_is_led_back_to_unless_it_names_the_other_itself() -> None:
    one, two, three = (
        page("1.md", "[two](2.md), [self](1.md)"),
        page("2.md", "[three](3.md)"),
        page("3.md", "[two](2.md)"),
    )

    assert naming([one, two, three]) == {"docs/2.md": (one,)}


def test_the_link_stands_at_the_end_of_related() -> None:
    other = parse_page("docs/guide/g.md", "---\ntitle: A *guide*\n---\n")
    mine = page("faults/x.md", "- [a](a.md)", "Text.")

    shown = with_back_links(mine, "Text.\n\n## Related\n\n- [a](a.md)\n\n## Notes\n\nLate.\n", [other])

    added = "- [A &#42;guide&#42;](../guide/g.md) names this page"
    assert shown == f"Text.\n\n## Related\n\n- [a](a.md)\n{added}\n\n## Notes\n\nLate.\n"


def test_a_page_without_related_gets_one_and_one_that_nobody_names_is_left_alone() -> None:
    other = parse_page("docs/MIG1.md", "---\ntitle: T\nfault: MIG1\n---\n")
    mine = parse_page("docs/x.md", "Text.\n")

    assert with_back_links(mine, "Text.\n", [other]) == "Text.\n\n## Related\n\n- [MIG1 T](MIG1.md) names this page"
    assert with_back_links(mine, "Text.\n", []) == "Text.\n"
