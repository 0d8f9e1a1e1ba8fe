"""Pages as they are written along into another repository: whole, with links that work there."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from itertools import groupby
from posixpath import dirname, join, normpath, relpath

from proofbook.copilot.shelf import ARCHIVE, Shelf
from proofbook.fences.dialect import SITE
from proofbook.fences.scan import scan
from proofbook.fences.source import read_source
from proofbook.pages.page import Page

PAGES = """\
# Pages of Proofbook

Written here by `proofbook copilot`, so that people and coding agents find them without leaving the repository.
Every command on them was run where they were written, against a broken Django project on PostgreSQL.
The projects, apps and tables in their examples are those of that project.
"""
LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<href>[^)\s]+)\)")


def page_along(page: Page, load: Callable[[str], str], shelf: Shelf, there: Collection[str]) -> str:
    """Give a page's text with its inclusions, each link leading to a page that is there too, or to nothing at all."""
    lines = list(read_source(page.text, load, SITE).lines)
    fenced = {at for span in scan(lines, SITE) for at in range(span.start, span.stop)}
    place = str(shelf.place(page.path))

    def led(found: re.Match[str]) -> str:
        href, _, anchor = found["href"].partition("#")
        if "://" in href or not href:
            return found[0]
        target = normpath(join(dirname(page.path), href))
        leads_to = shelf.place(target) if target in there else None
        if leads_to is None:
            return found["text"]
        return f"[{found['text']}]({relpath(leads_to, dirname(place))}{'#' + anchor if anchor else ''})"

    # a link may go on in the next line
    parts = groupby(enumerate(lines), key=lambda numbered: numbered[0] in fenced)
    joined = ((is_fenced, "\n".join(line for _at, line in part)) for is_fenced, part in parts)
    text = "\n".join(part if is_fenced else LINK.sub(led, part) for is_fenced, part in joined).strip()
    title = "" if re.match(r"# ", text) else f"# {page.fault}: {page.title}\n\n"
    return shelf.calls(f"{title}{text}\n")


def readme(shelf: Shelf, checksum: str) -> str:
    """Give what the folder of pages says of itself."""
    runbooks = f"""
`{ARCHIVE.rpartition("/")[2]}` holds the runbooks, the programs that the pages name, as one file that Python 3.11 runs:

```bash
python {ARCHIVE} --help
```

Its SHA-256 is {checksum}. Without `--project` it works on the `manage.py` of the folder it is called in.
"""
    return f"""{_linked(shelf) if shelf.is_site else PAGES}{"" if shelf.has_runbooks else runbooks}
To bring them up to date, or to remove them, run `proofbook copilot` again, from a checkout of Proofbook.
"""


def _linked(shelf: Shelf) -> str:
    return f"""# Runbooks of Proofbook

Written here by `proofbook copilot`. The pages that name them are at {shelf.where.rstrip("/")}/.
"""
