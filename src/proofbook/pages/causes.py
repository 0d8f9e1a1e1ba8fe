"""The cause of a fault in one sentence, with the names that a log tells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from proofbook.errors import PageError
from proofbook.pages.page import Page

NAME = re.compile(r"\{(\w+)\}")


def sentences(page: Page) -> tuple[str, ...]:
    """Give what front matter says of the cause, names in braces."""
    found = page.front.get("cause") or ()
    return (found,) if isinstance(found, str) else tuple(found)


def told_cause(page: Page, values: Mapping[str, str]) -> str:
    """Give the first sentence whose names are known, with them in it, or the title where there is none."""
    for sentence in sentences(page):
        if values.keys() >= set(NAME.findall(sentence)):
            return NAME.sub(lambda name: values[name[1]], sentence)
    return page.title


def check_cause(page: Page) -> Iterator[PageError]:
    """Give every name in a sentence of the cause that no signature of the page finds."""
    found = {name for signature in page.signatures for name in re.findall(r"\?P<(\w+)>", signature)}
    for sentence in sentences(page):
        for name in NAME.findall(sentence):
            if name not in found:
                hint = f"names that are found: {', '.join(sorted(found)) or 'none'}"
                yield PageError(f"{page.path}:{page.line_of('cause')}", f"no signature finds {name!r}", hint)
