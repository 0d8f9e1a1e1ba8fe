"""Compiles what a diagnosis knows for the reader's browser: the same patterns, words, limits and next commands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from proofbook.diagnosis import chains, diagnose, errors_seen, masking, sifting, telling, wrapping
from proofbook.diagnosis.javascript import InexpressibleError, of_python, of_re2
from proofbook.errors import PageError
from proofbook.pages import expected, logs
from proofbook.pages.causes import sentences
from proofbook.pages.page import Page
from proofbook.pages.signatures import Catalogue

PATH = "javascripts/diagnosis/known.js"
PATTERNS = {
    "ansi": expected.ANSI,
    "carried": logs.CARRIED,
    "severity": logs.SEVERITY,
    "numbers": wrapping.NUMBERS,
    "mark": wrapping.MARK,
    "migration": diagnose.MIGRATION,
    "names": diagnose.NAMES,
    "login": masking.LOGIN,
    "user": masking.USER,
    "secret": masking.SECRET,
    "pieces": masking.PIECES,
    "rowValues": masking.VALUES,
    "detail": masking.DETAIL,
    "control": masking.CONTROL,
}
LIMITS = {
    "longest": wrapping.LONGEST,
    "told": masking.LONGEST,
    "deepest": wrapping.DEEPEST,
    "tab": expected.TAB,
    "traceback": chains.LONGEST,
    "silent": chains.SILENT,
    "goesOn": chains.GOES_ON,
    "unknown": diagnose.MOST_UNKNOWN,
    "sample": sifting.SAMPLE,
    "control": sifting.MOST_CONTROL,
}
SCORES = {"sure": diagnose.SURE, "decided": diagnose.DECIDED, "ruledOut": diagnose.RULED_OUT}


def known_to_browser(catalogue: Catalogue) -> str:
    """Give the script that tells the browser's matcher what is known.

    Raises PageError for a signature that JavaScript cannot look for as we do.
    """
    known = {
        "patterns": {name: of_python(pattern) for name, pattern in PATTERNS.items()},
        "errors": of_re2(_either(errors_seen.PATTERNS)),
        "aftermath": of_re2(_either(errors_seen.AFTERMATH)),
        "limits": LIMITS,
        "scores": SCORES,
        "words": _fewest(
            sifting.Sieve([*catalogue.patterns, *catalogue.evidence.values()], [diagnose.APPLYING.strip()]).words
        ),
        "fields": wrapping.FIELDS,
        "opens": errors_seen.TRACEBACK,
        "chained": errors_seen.CHAINED,
        "mask": masking.MASK,
        "space": _spaces(),
        "signatures": [
            [str(page.fault), *_compiled(page, "signature", text)]
            for page in catalogue.pages.values()
            for text in page.signatures
            if text in catalogue.patterns
        ],
        "evidence": [
            [fault, *_compiled(catalogue.pages[fault], "evidence", text)] for fault, text in catalogue.evidence.items()
        ],
        "faults": {fault: _told(page) for fault, page in catalogue.pages.items()},
    }
    return f"const known = {json.dumps(known, separators=(',', ':'))};\n"


def _compiled(page: Page, key: str, pattern: str) -> tuple[str, str, str]:
    """Give what each match contains, then source and flags."""
    place = f"{page.path}:{page.line_of(key)}"
    try:
        source, flags = of_re2(pattern)
    except InexpressibleError as error:
        raise PageError(place, f"{key} cannot be looked for in a browser: {error}", "write it simpler") from None
    word = sifting.literal(pattern)
    if not word:
        hint = f"let it hold {sifting.SHORTEST} letters that stand in every such line, without (?i)"
        raise PageError(place, f"{key} cannot be looked for in a browser: it holds no fixed text", hint)
    return word, source, flags


def _told(page: Page) -> dict[str, Any]:
    """Give what the box says of a fault."""
    own = telling.own_names(page)
    return {
        "title": page.title,
        "causes": sentences(page),
        "group": sorted(page.group),
        "question": page.front.get("question") or "",
        "next": telling.first_command(page),
        "wanted": sorted(telling.variables(telling.first_command(page)) & own),
        "own": sorted(own),
        "page": f"{page.path.removeprefix('docs/').removesuffix('.md')}/",
    }


def _fewest(words: Sequence[str]) -> list[str]:
    """Leave out each word that cannot be there without another of them."""
    return [word for word in words if not any(other in word for other in words if other != word)]


def _either(patterns: Iterable[str]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns)


def _spaces() -> str:
    """Give what Python takes from the ends of a line."""
    return "".join(filter(str.isspace, map(chr, range(0x3001))))
