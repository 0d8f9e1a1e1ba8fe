"""Puts under each snippet of a page what its record allows to be said of it."""

from __future__ import annotations

import re
import sys

from proofbook.pages.page import FRONT, ROLE_LEVEL, Page, is_plain_assignments
from proofbook.pages.roles import OBLIGATIONS, ROLES, VALUES
from proofbook.pages.snippets import DIAGRAMS, OUTPUT, Snippet
from proofbook.pages.wording import listed
from proofbook.site import markup
from proofbook.site.standing import NEVER, Ledger, Standing

FROM_SOURCE = "from source "
_PREFIX = re.compile(r"[ \t>]*")


def let_off(page: Page) -> dict[str, str]:
    """Give the obligations a fault page need not meet, with the reason of those that are waived."""
    reasons = dict(page.waived)
    if not page.under("Does not work"):
        reasons.setdefault("wrong-recipes-fail", "")
    return reasons


def standing_of(page: Page, ledger: Ledger) -> Standing | None:
    """Give the standing of a whole page, or None when nothing on it runs."""
    if page.fault:
        names = [name for name in OBLIGATIONS if name not in let_off(page)]
    else:
        names = [snippet.name for snippet in page.snippets if snippet.runs]
    return ledger.together(names) if names else None


def is_unproven(snippet: Snippet) -> bool:
    """Tell whether a snippet is shown although nothing vouches for it."""
    silent = snippet.language in (OUTPUT, *DIAGRAMS)
    return not (snippet.runs or silent or snippet.reason.startswith(FROM_SOURCE))


def values_of(page: Page) -> Snippet | None:
    """Give the fence in which a reader puts names: on a guide, the assignments above its first section."""
    if page.fault:
        return page.values
    first = next((heading.line for heading in page.headings if heading.level == ROLE_LEVEL), sys.maxsize)
    return next((each for each in page.snippets if each.line < first and _holds_names(each)), None)


def _holds_names(snippet: Snippet) -> bool:
    return snippet.runs and snippet.language == "bash" and "=" in snippet.code and is_plain_assignments(snippet.code)


def with_badges(page: Page, ledger: Ledger) -> str:
    """Give the page's Markdown without front matter and with a badge under each snippet."""
    lines, values = page.text.replace("\r\n", "\n").split("\n"), values_of(page)
    for snippet, following in reversed(list(zip(page.snippets, [*page.snippets[1:], None], strict=False))):
        shown = _badge(snippet, page, ledger)
        if shown:
            found = _PREFIX.match(lines[snippet.line - 1])
            prefix = found[0] if found else ""
            after = [prefix.rstrip(), prefix + shown, prefix.rstrip()]
            if following and snippet.expected is not None:
                lines[following.end : following.end] = after
                # two fences without a line between them share a paragraph that no browser can draw
                after = [prefix.rstrip()]
            lines[snippet.end : snippet.end] = after
        if snippet is values:
            # where the script puts its fields
            lines[snippet.line - 1 : snippet.line - 1] = [markup.VALUES_HERE, ""]
    return FRONT.sub("", "\n".join(lines), count=1)


def _badge(snippet: Snippet, page: Page, ledger: Ledger) -> str:
    if snippet.runs:
        return _fault_badge(snippet, page, ledger) if page.fault else markup.badge(ledger.of(snippet.name))
    if snippet.reason.startswith(FROM_SOURCE):
        return markup.note("source", "From source", snippet.reason.removeprefix(FROM_SOURCE))
    return markup.note(NEVER, "Unproven", snippet.reason) if is_unproven(snippet) else ""


def _fault_badge(snippet: Snippet, page: Page, ledger: Ledger) -> str:
    if snippet.role == VALUES:
        return markup.badge(standing_of(page, ledger) or ledger.of(VALUES), "with these values")
    role = ROLES[snippet.role]
    reasons = [page.waived[name] for name in role.shown_by if name in page.waived]
    if reasons:
        return markup.note(NEVER, "Unproven", f"waived: {listed(reasons)}")
    standing = ledger.together(role.shown_by)
    if snippet.loses_rows:
        return markup.badge(standing, "Verify passes after it, and rows are gone", said=markup.COSTLY)
    return markup.badge(standing, role.shows, said=markup.REFUTED if snippet.role == "Does not work" else "")
