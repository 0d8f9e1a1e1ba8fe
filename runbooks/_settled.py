"""What is judged of the settings as Django finally resolves them; what a module hard-codes makes no noise."""

from __future__ import annotations

import re
from collections.abc import Iterator

from _check import Skipped
from _finding import Finding
from _judging import Judging
from _origins import host_of, judge_origin
from _values import LENGTH, LISTS, UNIQUE, words
from _variables import Environment

SESSION, CSRF, AUTH = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
)
# what Django says of the same settings as `security` and `secret-key`
TOLD = {f"security.{name}" for name in ("W004", "W009", "W010", "W011", "W012", "W016", "W018")}


def only_deployed(case: Judging) -> None:
    if not case.deployed:
        raise Skipped(f"{case.environment.name} is not deployed")


# --8<-- [start:browsers]
def judge_browsers(case: Judging) -> Iterator[Finding]:
    """Hold the lists of origins and hosts against where browsers and probes really come from."""
    found, place = case.resolved, case.environment
    yield from judge_lists(case)
    readers = origins(found["CORS_ALLOWED_ORIGINS"]) if found["cors"] else []
    writers = readers if found["CORS_ALLOW_CREDENTIALS"] else []
    cookies = place.front_ends if found["CORS_ALLOW_CREDENTIALS"] or not found["cors"] else ()
    asked = dict.fromkeys([*writers, *cookies])
    trusted = set(case.ask("trusted", origins=[*asked, *place.sites]))
    for origin in asked:
        if origin not in trusted and origin not in {*place.only_read, *place.sites}:
            fact = "may read with cookies and may not write" if origin in readers else "may not write"
            hint = "add it to CSRF_TRUSTED_ORIGINS, or name it under only_read in the manifest"
            yield Finding(f"{origin} {fact}", hint, fault="ENV101", **case.place("CSRF_TRUSTED_ORIGINS"))
    for origin in place.front_ends:
        if found["cors"] and not may_read(case, origin):
            hint = "add it to CORS_ALLOWED_ORIGINS"
            yield Finding(f"{origin} may not read", hint, fault="ENV103", **case.place("CORS_ALLOWED_ORIGINS"))
    yield from judge_sites(case, trusted)
    yield from judge_patterns(case)


# --8<-- [end:browsers]


def origins(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def may_read(case: Judging, origin: str) -> bool:
    found = case.resolved
    patterns = origins(found["CORS_ALLOWED_ORIGIN_REGEXES"])
    return bool(
        found["CORS_ALLOW_ALL_ORIGINS"]
        or origin in origins(found["CORS_ALLOWED_ORIGINS"])
        or any(re.match(pattern, origin) for pattern in patterns)
    )


def judge_lists(case: Judging) -> Iterator[Finding]:
    """Judge the origins that the settings add to those of the environment."""
    told = {word for name, value in case.values.items() for word in words(value) if is_list(case, name)}
    for setting, kind in (("CORS_ALLOWED_ORIGINS", "origins"), ("CSRF_TRUSTED_ORIGINS", "csrf-origins")):
        for word in origins(case.resolved[setting]):
            if word not in told and case.deployed:
                for each in judge_origin(word, kind, deployed=case.deployed):
                    yield Finding(f"{setting}: {each.message}", each.hint, fault=each.fault, severity=each.severity)


def is_list(case: Judging, name: str) -> bool:
    return name in case.manifest.variables and case.manifest.variables[name].type in LISTS


def judge_sites(case: Judging, trusted: set[str]) -> Iterator[Finding]:
    """See that the server answers to its own names, and believes the browser that calls it by one of them."""
    place, found = case.environment, case.resolved
    hosts = {host_of(site): site for site in place.sites} | {host: f"the probe's {host}" for host in place.probes}
    admitted = case.ask("admitted", hosts=list(hosts))
    for host in hosts:
        if host not in admitted:
            fact = f"{hosts[host]} is refused: ALLOWED_HOSTS does not admit {host}"
            yield Finding(fact, f"add {host}", fault="ENV110", **case.place("ALLOWED_HOSTS"))
    for site in place.sites:
        if site.startswith("https:") and site not in trusted and not found["SECURE_PROXY_SSL_HEADER"]:
            fact = f"{site} may not write: behind a proxy that ends TLS the server takes itself for http://"
            hint = "set SECURE_PROXY_SSL_HEADER if the proxy overwrites that header, or add it to CSRF_TRUSTED_ORIGINS"
            yield Finding(fact, hint, fault="ENV101")
    sent = {str(name).lower() for name in found["CORS_ALLOW_HEADERS"] or ()}
    for header in case.manifest.headers if found["cors"] and sent else ():
        if header.lower() not in sent:
            yield Finding(f"the front end may not send {header}", "add it to CORS_ALLOW_HEADERS", fault="ENV103")


def judge_patterns(case: Judging) -> Iterator[Finding]:
    """A regular expression and a wildcard cannot be compared; one origin that both admit is looked for."""
    trusted = origins(case.resolved["CSRF_TRUSTED_ORIGINS"])
    samples = [each.replace("://*.", "://proofbook.") for each in trusted]
    for pattern in (
        origins(case.resolved["CORS_ALLOWED_ORIGIN_REGEXES"]) if case.resolved["CORS_ALLOW_CREDENTIALS"] else ()
    ):
        if not any(re.match(pattern, sample) for sample in samples):
            hint = "CSRF_TRUSTED_ORIGINS writes it https://*.example.com"
            fact = f"nobody whom CORS admits by {pattern!r} is seen to be trusted with forms"
            yield Finding(fact, hint, fault="ENV101", severity="warning")


# --8<-- [start:security]
def judge_security(case: Judging) -> Iterator[Finding]:
    """Judge what the settings module finally resolves, never the variables it may not read."""
    only_deployed(case)
    found = case.resolved
    if found["DEBUG"]:
        yield Finding("DEBUG is on: errors show settings and code to everybody", "DEBUG = False", fault="ENV115")
    if not found["SESSION_COOKIE_SECURE"]:
        yield Finding("SESSION_COOKIE_SECURE is off: the session goes over http", "switch it on", fault="ENV115")
    if not found["CSRF_COOKIE_SECURE"] and not found["CSRF_USE_SESSIONS"]:
        yield Finding("CSRF_COOKIE_SECURE is off", "switch it on", fault="ENV115")
    if not found["SESSION_COOKIE_HTTPONLY"]:
        yield Finding("SESSION_COOKIE_HTTPONLY is off: scripts read the session", "switch it on", fault="ENV115")
    if not found["SECURE_HSTS_SECONDS"]:
        yield Finding("SECURE_HSTS_SECONDS is 0: browsers may go over http", "begin with 3600", fault="ENV115")
    if "*" in origins(found["ALLOWED_HOSTS"]):
        yield Finding("ALLOWED_HOSTS lets every Host header in", "name the hosts", fault="ENV115")
    if found["cors"] and found["CORS_ALLOW_ALL_ORIGINS"]:
        severity = "error" if found["CORS_ALLOW_CREDENTIALS"] else "warning"
        fact = "CORS_ALLOW_ALL_ORIGINS lets every page on the internet read answers"
        yield Finding(fact, "list the origins", fault="ENV115", severity=severity)
    yield from judge_middleware(found["MIDDLEWARE"], needs_session=bool(found["CSRF_USE_SESSIONS"]))


# --8<-- [end:security]


def judge_middleware(order: list[str], *, needs_session: bool) -> Iterator[Finding]:
    def follows(one: str, other: str) -> bool:
        return one in order and other in order and order.index(one) > order.index(other)

    if needs_session and follows(SESSION, CSRF):
        yield Finding(
            "SessionMiddleware stands after CsrfViewMiddleware", "CSRF_USE_SESSIONS needs it before", fault="ENV104"
        )
    if follows(SESSION, AUTH):
        yield Finding("SessionMiddleware stands after AuthenticationMiddleware", "put it before")
    for tenant in (each for each in order if "tenant" in each.lower()):
        if follows(AUTH, tenant):
            yield Finding(
                f"{tenant} stands before AuthenticationMiddleware",
                "put it after: it asks who the user is",
                fault="ENV105",
            )
    yield from (
        Finding(f"{each} stands there twice", "leave one", severity="warning")
        for each in dict.fromkeys(order)
        if order.count(each) > 1
    )


# --8<-- [start:secret-key]
def judge_secret_key(case: Judging) -> Iterator[Finding]:
    """Judge the key Django signs with: it may stand in the source, where everybody reads it."""
    only_deployed(case)
    literals = {read.default: read for read in case.reads if read.default and "SECRET_KEY" in read.name}
    examples = {
        each.example: each for each in case.manifest.variables.values() if each.type == "secret-key" and each.example
    }
    found = case.ask("secret_key", candidates=[*literals, *examples])
    hint = "make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
    for text in found["equals"]:
        read = literals.get(text)
        where = {"path": read.path, "line": read.line} if read else {"path": str(case.manifest.path), "line": 0}
        yield Finding("SECRET_KEY is the one that stands here", hint, fault="ENV116", **where)  # type: ignore[arg-type]
    if found["insecure"]:
        yield Finding("SECRET_KEY is the one startproject wrote", hint, fault="ENV116")
    elif found["length"] < LENGTH or found["unique"] < UNIQUE:
        fact = f"SECRET_KEY is weak: {found['length']} characters, {found['unique']} of them different"
        yield Finding(fact, hint, fault="ENV115")
    if found["fallbacks"]:
        fact = f"old keys that are still believed: {found['fallbacks']}"
        yield Finding(fact, "end the rotation: rotate_secret --finish", severity="warning")


# --8<-- [end:secret-key]


def judge_database(case: Judging) -> Iterator[Finding]:
    """See that no alias has fallen back to SQLite."""
    only_deployed(case)
    for alias, vendor in case.resolved["vendors"].items():
        if vendor == "sqlite":
            fact = f"the database {alias!r} is SQLite: it is a file of this server, and a new container has none"
            yield Finding(fact, "set its variables, and take SQLite out of this settings module", fault="ENV109")


def judge_deployment(case: Judging) -> Iterator[Finding]:
    """Run check --deploy, failing on warnings, as it exits 0 on them by itself."""
    only_deployed(case)
    found = case.ask("deploy_checks")
    for each in found:
        if each["id"] not in TOLD:
            fact, _, rest = each["message"].partition(". ")
            hint = case.mask(rest or each["hint"])
            yield Finding(f"{each['id']} {case.mask(fact)}", hint, fault="ENV115")
    if told := sorted(each["id"] for each in found if each["id"] in TOLD):
        yield Finding(f"{', '.join(told)}: told above", "see `security` and `secret-key`", fault="ENV115")


# --8<-- [start:neighbours]
def judge_neighbours(case: Judging) -> Iterator[Finding]:
    """See that no address lies in the domain of another environment."""
    if not case.environment.domain:
        raise Skipped(f"the manifest gives {case.environment.name} no domain")
    domains = {each.domain.lower(): each for each in case.manifest.environments.values() if each.domain}
    for name, value in case.values.items():
        variable = case.manifest.variables.get(name)
        if variable is None or variable.is_secret or variable.type not in {*LISTS, "url", "text", "email"}:
            continue
        for word in words(value):
            owner = owner_of(host_of(word.rpartition("@")[2]), domains)
            if owner and owner.name != case.environment.name:
                fact = f"{name}: {word} lies in {owner.name}"
                yield Finding(
                    fact,
                    f"{case.environment.name} lies in {case.environment.domain}",
                    fault="ENV117",
                    **case.place(name),
                )


def owner_of(host: str, domains: dict[str, Environment]) -> Environment | None:
    """Give the environment whose domain a host lies in: the longest that fits."""
    fitting = [each for each in domains if host == each or host.endswith(f".{each}")]
    return domains[max(fitting, key=len)] if fitting else None


# --8<-- [end:neighbours]
