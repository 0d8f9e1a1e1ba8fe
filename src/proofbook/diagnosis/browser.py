"""Compiles what a diagnosis knows for the reader's browser: the same patterns, words, limits and next commands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from proofbook.diagnosis import (
    chains,
    circumstances,
    diagnose,
    errors_seen,
    found,
    judging,
    looking,
    masking,
    sifting,
    sqlstates,
    telling,
    wrapping,
)
from proofbook.diagnosis.javascript import InexpressibleError, of_python, of_re2
from proofbook.errors import PageError
from proofbook.pages import expected, logs
from proofbook.pages.causes import sentences
from proofbook.pages.page import Page
from proofbook.pages.signatures import Catalogue
from proofbook.pages.sqlstates import ALONE, PERHAPS

PATH = "javascripts/diagnosis/known.js"
PATTERNS = {
    "ansi": expected.ANSI,
    "carried": logs.CARRIED,
    "severity": logs.SEVERITY,
    "numbers": wrapping.NUMBERS,
    "mark": wrapping.MARK,
    "migration": diagnose.MIGRATION,
    "done": diagnose.DONE,
    "finding": diagnose.FINDING,
    "names": diagnose.NAMES,
    "login": masking.LOGIN,
    "user": masking.USER,
    "secret": masking.SECRET,
    "pieces": masking.PIECES,
    "rowValues": masking.VALUES,
    "detail": masking.DETAIL,
    "added": diagnose.ADDED,
    "control": masking.CONTROL,
    "told": logs.TOLD,
    "statement": logs.STATEMENT,
    "process": sqlstates.PROCESS,
    "quotes": sqlstates.QUOTES,
    "quoted": sqlstates.QUOTED,
    "english": sqlstates.ENGLISH,
    "word": sqlstates.WORD,
}
LIMITS = {
    "longest": wrapping.LONGEST,
    "told": masking.LONGEST,
    "deepest": wrapping.DEEPEST,
    "tab": expected.TAB,
    "traceback": chains.LONGEST,
    "silent": chains.SILENT,
    "goesOn": chains.GOES_ON,
    "reach": circumstances.REACH,
    "open": circumstances.MOST_OPEN,
    "unknown": judging.MOST_UNKNOWN,
    "sample": sifting.SAMPLE,
    "control": sifting.MOST_CONTROL,
    "words": sqlstates.FEWEST_WORDS,
    "beforeSeverity": sqlstates.BEFORE_SEVERITY,
}
SCORES = {
    "sure": found.SURE,
    "decided": found.DECIDED,
    "bySqlstate": found.BY_SQLSTATE,
    "unsure": found.UNSURE,
    "ruledOut": found.RULED_OUT,
}


def known_to_browser(catalogue: Catalogue) -> str:
    """Give the script that tells the browser's matcher what is known.

    Raises PageError for a signature that JavaScript cannot look for as we do.
    """
    every = [*_words(catalogue), *errors_seen.WORDS, looking.APPLYING.strip(), *looking.finding_words(catalogue)]
    words = _fewest(dict.fromkeys(every))
    known = {**_of_logs(words), **_of_pages(catalogue, words)}
    return f"var known = {json.dumps(known, separators=(',', ':'))};\n"


def _of_logs(words: Sequence[str]) -> dict[str, Any]:
    """Give what is known of logs and of errors, whatever the pages hold."""
    return {
        "patterns": {name: of_python(pattern) for name, pattern in PATTERNS.items()},
        "errors": of_re2(_either(errors_seen.PATTERNS)),
        "aftermath": of_re2(_either(errors_seen.AFTERMATH)),
        "limits": LIMITS,
        "scores": SCORES,
        "words": words,
        "errorWords": [at for at, word in enumerate(words) if any(word in each for each in errors_seen.WORDS)],
        "fields": wrapping.FIELDS,
        "levels": wrapping.LEVELS,
        "errorLevels": wrapping.ERROR_LEVELS,
        "errorNumbers": wrapping.ERROR_NUMBERS,
        "opens": errors_seen.TRACEBACK,
        "unended": chains.UNENDED,
        "inner": chains.INNER,
        "adds": chains.ADDS,
        "chained": errors_seen.CHAINED,
        "inEnglish": logs.IN_ENGLISH,
        "statements": [f"{word}:" for word in logs.STATEMENTS],
        "driver": sqlstates.DRIVER,
        "server": wrapping.SERVER,
        "places": [of_re2(place) for place in sqlstates.PLACES],
        "first": of_re2(sqlstates.FIRST),
        "mask": masking.MASK,
        "space": _spaces(),
    }


def _of_pages(catalogue: Catalogue, words: Sequence[str]) -> dict[str, Any]:
    """Give what the pages know, as tables of columns."""
    signatures = (
        (page, "signature", text)
        for page in catalogue.pages.values()
        for text in page.signatures
        if text in catalogue.patterns
    )
    evidence = ((catalogue.pages[code], "evidence", text) for code, text in catalogue.evidence.items())
    seen_while = ((catalogue.pages[code], "seen_while", text) for code, text in catalogue.seen_while.items())
    return {
        "classes": catalogue.classes,
        "sqlstates": {code: _decides(faults) for code, faults in catalogue.sqlstates.items()},
        "signatures": _columns(_compiled(*each, words) for each in signatures),
        "evidence": _columns(_compiled(*each, words) for each in evidence),
        "seenWhile": _columns(_compiled(*each, words) for each in seen_while),
        "faults": _columns(_told(page) for page in catalogue.pages.values()),
        "pages": _folder(catalogue),
    }


def _columns(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Give the columns of a table: what is alike stands together, which is smaller when compressed."""
    return [list(each) for each in zip(*rows, strict=True)]


def _folder(catalogue: Catalogue) -> str:
    path = next((page.path for page in catalogue.pages.values()), "")
    return path.removeprefix("docs/").rpartition("/")[0]


def _compiled(page: Page, key: str, pattern: str, every: Sequence[str]) -> tuple[str, list[int], str, str]:
    """Give the fault, the numbers of the words of which each match holds one, then source and flags."""
    place = f"{page.path}:{page.line_of(key)}"
    try:
        source, flags = of_re2(pattern)
    except InexpressibleError as error:
        raise PageError(place, f"{key} cannot be looked for in a browser: {error}", "write it simpler") from None
    words = sifting.literals(pattern)
    if not words:
        hint = f"let it hold {sifting.SHORTEST} letters that stand in every such line, without (?i)"
        raise PageError(place, f"{key} cannot be looked for in a browser: it holds no fixed text", hint)
    own = [next(at for at, each in enumerate(every) if each in word) for word in words]
    return str(page.fault), own, source, flags


def _decides(faults: Mapping[str, str]) -> dict[str, tuple[str, str] | None]:
    """Give what must stand beside an SQLSTATE for each fault; nothing where it never decides."""
    return {fault: None if text == PERHAPS else of_re2("" if text == ALONE else text) for fault, text in faults.items()}


def _words(catalogue: Catalogue) -> list[str]:
    patterns = (*catalogue.patterns, *catalogue.evidence.values(), *catalogue.seen_while.values())
    return [word for pattern in patterns for word in sifting.literals(pattern)]


def _told(page: Page) -> tuple[Any, ...]:
    """Give what the box says of a fault: its code, title, causes, group, question, first command and names."""
    own = telling.own_names(page)
    return (
        str(page.fault),
        page.title,
        sentences(page),
        sorted(page.group),
        page.front.get("question") or "",
        telling.first_command(page),
        sorted(own),
        sorted(telling.read_names(page) & own),
        telling.from_environment(page),
    )


def _fewest(words: Iterable[str]) -> list[str]:
    """Leave out each word that cannot be there without another of them."""
    every = list(words)
    return [word for word in every if not any(other in word for other in every if other != word)]


def _either(patterns: Iterable[str]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns)


def _spaces() -> str:
    """Give what Python takes from the ends of a line."""
    return "".join(filter(str.isspace, map(chr, range(0x3001))))
