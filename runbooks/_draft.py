"""Drafts an environment.toml from what a project's code reads; a person says the rest."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from _env_reads import Read, find_reads
from _frame import read_options
from _saying import say_to, spell_what_is_lacking

ENVIRONMENTS = """\
# Drafted from the code. Say for each environment which settings it runs, and check every type and `required`.
[environments.dev]
deployed = false

[environments.uat]

[environments.prod]
"""
# the first that fits wins
TYPES = {
    "DJANGO_SETTINGS_MODULE": "module",
    r"(^|_)SECRET_KEY$": "secret-key",
    r"^(?!.*(REDIS|CACHE|BROKER|AMQP)).*(DATABASE|POSTGRES|DB)_URL$": "database-url",
    r"ALLOWED_HOSTS$": "hosts",
    r"CSRF_TRUSTED_ORIGINS$": "csrf-origins",
    r"ORIGIN_REGEXES$": "origin-patterns",
    r"(CORS|ALLOWED)\w*_(ORIGINS|WHITELIST)$": "origins",
    r"(_|^)(URL|ENDPOINT)$": "url",
    r"(^|_)(DEBUG|SECURE|REDIRECT)$|^(USE|ENABLE|IS|HAS|ALLOW|BEHIND)_|_(ENABLED|USE_TLS|USE_SSL)$": "flag",
    r"(_|^)(PORT|TIMEOUT|SECONDS|AGE|COUNT|WORKERS|SIZE|LIMIT)$": "integer",
    r"(_|^)(FROM_EMAIL|SERVER_EMAIL|ADMIN_EMAIL)$": "email",
    r"_ROOT$": "path",
}
CASTS = {"bool": "flag", "int": "integer", "db": "database-url", "db_url": "database-url", "flag": "flag", "url": "url"}


def draft(doc: str, argv: Sequence[str]) -> int:
    """Print a manifest to begin with."""
    options = read_options(doc, argv, None, acts=False)
    reads = find_reads(Path(options.project).resolve(), leave_out=(Path(__file__).resolve().parent,))
    spell_what_is_lacking()
    say_to(sys.stdout, "\n".join(draft_lines(reads)))
    return 0


# --8<-- [start:draft]
def draft_lines(reads: Iterable[Read]) -> Iterator[str]:
    """Write a manifest of all variables the code reads, in the order of their names."""
    found: dict[str, list[Read]] = {}
    for read in reads:
        if read.name:
            found.setdefault(read.name, []).append(read)
    yield ENVIRONMENTS
    for name, places in sorted(found.items()):
        yield f"# {', '.join(dict.fromkeys(f'{each.path}:{each.line}' for each in places))}"
        yield f"[variables.{name}]"
        yield f"type = {json.dumps(type_of(places))}"
        yield f"required = {json.dumps(any(each.required for each in places))}"
        yield ""


def type_of(places: Sequence[Read]) -> str:
    """Guess a type from the name, then from how the code reads it."""
    name = places[0].name
    named = next((kind for pattern, kind in TYPES.items() if re.search(pattern, name)), "")
    cast = next((CASTS[each.cast] for each in places if each.cast in CASTS), "")
    defaults = {each.default for each in places if each.default is not None}
    guessed = "flag" if defaults and defaults <= {"True", "False"} else ""
    return named or cast or guessed or "text"


# --8<-- [end:draft]
