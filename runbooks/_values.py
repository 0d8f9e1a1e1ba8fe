"""What the runbooks know of the types a variable can have, and what can be wrong with a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

from _address import SCHEMES, Target, parse_url, split_query
from _finding import Finding
from _origins import judge_host, judge_origin, judge_pattern
from _step import Stop

PLACEHOLDER = re.compile(
    r"\$\{\w+\}|\$\(\w+\)|\{\{.*\}\}|^(<[^<>]+>|__\w+__|%\(\w+\)s|\$[A-Z_]+|(your|my|insert|enter)[-_ ].*[-_ ]here"
    r"|change[-_ ]?(me|this)|replace[-_ ]?(me|this)|to[-_ ]?do|tbd|fixme|x{3,})$",
    re.IGNORECASE,
)
YES, NO = {"1", "true", "yes", "on", "y", "t"}, {"0", "false", "no", "off", "n", "f"}
OTHERS = ("mysql", "oracle", "mssql", "timescale", "cockroach")
SSLMODES = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
LENGTH, UNIQUE = 50, 5
KNOWN = re.compile(
    r"insecure|change.?me|default|example|not.?secure|secret.?key|temp.?key|development|dev.?only", re.IGNORECASE
)
NO_TOKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")
SEPARATORS = re.compile(r"[\s;]")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|[^<]*<[^@\s]+@[^@\s]+>")

Judge = Callable[..., Iterator[Finding]]


def is_placeholder(value: str) -> bool:
    """Tell whether a value is what a template wants replaced."""
    return bool(PLACEHOLDER.search(value.strip()))


def judge_text(value: str, *, deployed: bool) -> Iterator[Finding]:
    del deployed
    if value != value.strip():
        yield Finding("begins or ends with a blank", "leave it out", severity="warning")


def judge_integer(value: str, *, deployed: bool) -> Iterator[Finding]:
    del deployed
    if not re.fullmatch(r"[+-]?\d+", value):
        yield Finding("is no whole number", "write digits only")


def judge_flag(value: str, *, deployed: bool) -> Iterator[Finding]:
    del deployed
    if value.lower() not in YES | NO:
        yield Finding("says neither yes nor no", "write true or false")


def judge_url(value: str, *, deployed: bool) -> Iterator[Finding]:
    del deployed
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if not parts.scheme or not parts.netloc:
        yield Finding("is no address with scheme and host", "write https://app.example.com/path")


def judge_email(value: str, *, deployed: bool) -> Iterator[Finding]:
    del deployed
    if not EMAIL.fullmatch(value):
        yield Finding("is no e-mail address", "write name@example.com")


def judge_path(value: str, *, deployed: bool) -> Iterator[Finding]:
    del deployed
    if not value.startswith("/"):
        yield Finding("is no absolute path", "begin it with /: a server starts where it likes")


def judge_module(value: str, *, deployed: bool) -> Iterator[Finding]:
    del deployed
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", value):
        yield Finding("is no dotted name of a Python module", "write package.module, without .py")


# --8<-- [start:secret-key]
def judge_secret_key(value: str, *, deployed: bool) -> Iterator[Finding]:
    """Find what makes a signing key guessable; nothing of it is told but its length."""
    if not deployed:
        return
    hint = "make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
    if known := KNOWN.search(value):
        yield Finding(f"is a default that others know: it holds the word {known[0].lower()!r}", hint, fault="ENV116")
    elif len(value) < LENGTH or len(set(value)) < UNIQUE:
        fact = f"is weak: {len(value)} characters, {len(set(value))} of them different"
        yield Finding(fact, f"{LENGTH} random ones at least; {hint}", fault="ENV115")


# --8<-- [end:secret-key]


# --8<-- [start:database-url]
def judge_database_url(value: str, *, deployed: bool) -> Iterator[Finding]:
    """Find what makes a database's address unusable, or one program read it otherwise than the next."""
    scheme = value.partition(":")[0].lower()
    if scheme.startswith("sqlite"):
        if deployed:
            yield Finding("names SQLite", "name a PostgreSQL database: postgresql://USER@HOST/NAME", fault="ENV109")
        return
    if scheme.startswith(OTHERS):
        return
    try:
        target = parse_url(value)
    except Stop as stop:
        yield Finding(
            stop.fact.removeprefix("DATABASE_URL "), stop.hint, fault="BAK105" if "://" in value else "ENV108"
        )
        return
    if scheme not in SCHEMES[:2] and scheme not in {"pgsql", "postgis"}:
        yield Finding(
            f"has the scheme {scheme}, which only SQLAlchemy reads", "write postgresql://", severity="warning"
        )
    if not target.parameters.get("dbname") and "service" not in value:
        yield Finding("names no database", "end it with /NAME", fault="ENV108")
    mode = target.parameters.get("sslmode")
    if mode and mode not in SSLMODES:
        yield Finding(f"has an sslmode that libpq does not know: {mode}", f"one of {', '.join(sorted(SSLMODES))}")
    if not is_read_alike(value, target):
        hint = "percent-encode : / ? # @ [ ] % in the user, the password and the name, as %40 for @"
        yield Finding("is read differently by different programs: a character that ends a part", hint, fault="BAK105")


def is_read_alike(value: str, target: Target) -> bool:
    """Tell whether Python's own reading, and libpq's, come to the same as a lenient one."""
    userinfo = split_query(value.partition("://")[2])[0].rpartition("@")[0]
    if "@" in userinfo or NO_TOKEN.search(value):
        return False  # libpq ends the password at its first @, and wants two digits behind each %
    if "," in value.rpartition("@")[2].partition("/")[0]:
        return True  # several hosts, which only libpq reads
    try:
        found = read_by_python(value.strip())
    except ValueError:
        return False
    mine = {**target.parameters, "password": target.password or ""}
    return all(found[name].lower() == mine.get(name, "").lower() for name in found)


def read_by_python(value: str) -> dict[str, str]:
    parts = urlsplit(value)
    if parts.fragment:
        raise ValueError(value)
    given = {"user": parts.username, "password": parts.password, "host": parts.hostname, "dbname": parts.path[1:]}
    found = {name: unquote(text or "") for name, text in given.items()} | {"port": str(parts.port or "")}
    return found | {name: text for name, text in parse_qsl(parts.query.replace("+", "%2B")) if name in found}


# --8<-- [end:database-url]


def many(judge: Judge) -> Judge:
    """Give a judge of comma-separated words from that of one."""

    def judge_all(value: str, *, deployed: bool) -> Iterator[Finding]:
        if value.lstrip().startswith(('["', "['", "'", '"')) or any(map(SEPARATORS.search, words(value))):
            yield Finding(
                "is not separated by commas", "write a,b,c without brackets, quotes and blanks", fault="ENV102"
            )
            return
        for word in words(value):
            yield from judge(word, deployed=deployed)

    return judge_all


def words(value: str) -> list[str]:
    """Give comma-separated words without blanks."""
    return [word.strip() for word in value.split(",") if word.strip()]


JUDGES: dict[str, Judge] = {
    "text": judge_text,
    "choice": judge_text,
    "integer": judge_integer,
    "flag": judge_flag,
    "url": judge_url,
    "email": judge_email,
    "path": judge_path,
    "module": judge_module,
    "secret-key": judge_secret_key,
    "database-url": judge_database_url,
    "hosts": many(judge_host),
    "origins": many(lambda word, *, deployed: judge_origin(word, "origins", deployed=deployed)),
    "csrf-origins": many(lambda word, *, deployed: judge_origin(word, "csrf-origins", deployed=deployed)),
    "origin-patterns": many(judge_pattern),
}
SECRET_TYPES = {"secret-key", "database-url"}
LISTS = {"hosts", "origins", "csrf-origins"}
