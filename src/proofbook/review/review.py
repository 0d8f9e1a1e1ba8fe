"""Makes a review of logs and records: reads, counts, judges."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from proofbook.diagnosis.masking import masked
from proofbook.errors import ProofbookError
from proofbook.pages.page import Page
from proofbook.pages.signatures import Catalogue
from proofbook.review.figures import count
from proofbook.review.reading import Read, read_all
from proofbook.review.recurrences import taught
from proofbook.review.rehearsals import Rehearsed, judge
from proofbook.review.telling import Review


def make_review(
    paths: Iterable[Path], pages: Iterable[Page], root: Path, tell: Callable[[int, str], None] = lambda *_: None
) -> Review:
    """Review what lies at the paths by these pages.

    Raises ProofbookError when nothing of it can be read.
    """
    pages, paths = list(pages), list(paths)
    catalogue = Catalogue(page for page in pages if page.fault)
    read = read_all(paths, catalogue, tell)
    if not read.deployments and not read.rehearsals:
        why = f": {masked(' '.join(read.left_aside[0]))}" if read.left_aside else ""
        hint = "give logs, records written with --record, or an archive of them"
        raise ProofbookError(", ".join(map(str, paths)), f"no log and no record was found there{why}", hint)
    titles = {str(page.fault): page.title for page in pages if page.fault}
    return Review(read, count(read.deployments, taught(pages, root)), judged(read), titles)


def judged(read: Read) -> list[Rehearsed]:
    """Judge every rehearsal that was read, in their order."""
    found = [judge(told, [*folder.records, *folder.logs]) for told, folder in read.rehearsals]
    return sorted(found, key=lambda each: each.number)
