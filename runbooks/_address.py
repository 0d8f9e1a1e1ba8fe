"""What the runbooks know of database addresses, in every spelling that people use."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from _step import CouldNotTell

SCHEMES = ("postgres", "postgresql", "pgsql", "postgis", "postgresql+psycopg", "postgresql+psycopg2")
PARAMETERS = """
    host hostaddr port dbname user require_auth channel_binding connect_timeout client_encoding options
    application_name fallback_application_name keepalives keepalives_idle keepalives_interval
    keepalives_count tcp_user_timeout gssencmode gssdelegation sslmode sslnegotiation sslcompression sslcert
    sslkey sslcertmode sslrootcert sslcrl sslcrldir sslsni requirepeer ssl_min_protocol_version
    ssl_max_protocol_version krbsrvname gsslib target_session_attrs load_balance_hosts
"""
LOCATION = re.compile(r"(\[[^\]]*\]|[^:/?#@\[\]]*)(:\d*)?(,(\[[^\]]*\]|[^:/?#@\[\]]*)(:\d*)?)*(/[^/]*)?")
QUERY = re.compile(r"([A-Za-z_]+=[^&]*(&|$))*")


@dataclass(frozen=True, slots=True)
class Target:
    """One database: how to reach it. The password is never shown."""

    parameters: Mapping[str, str]
    password: str | None = field(default=None, repr=False)
    ignored: tuple[str, ...] = ()

    def __str__(self) -> str:
        user, host = self.value("user"), self.value("host")
        return f"database {self.value('dbname')} as {user or 'the system user'} on {host or 'the local socket'}"

    def value(self, name: str) -> str:
        """Give a parameter as libpq would see it: from here, or from its environment variable."""
        variable = {"dbname": "PGDATABASE"}.get(name, f"PG{name.upper()}")
        found = self.parameters.get(name) or os.environ.get(variable, "")
        return found or (self.value("user") if name == "dbname" else "")

    def identity(self) -> tuple[str, str, str, str]:
        """Give what must be equal for two targets to be the same database and user."""
        host = self.value("host")
        host = "127.0.0.1" if host in {"localhost", "::1"} else host
        return host, self.value("port") or "5432", self.value("dbname"), self.value("user")

    def on(self, dbname: str) -> Target:
        """Give the same server with another database."""
        return Target({**self.parameters, "dbname": dbname}, self.password, self.ignored)


# --8<-- [start:parse_url]
def parse_url(url: str) -> Target:
    """Read a database URL in any spelling that libpq, Django's helpers or a hurried person uses."""
    scheme, mark, rest = url.strip().partition("://")
    if not mark or scheme.lower() not in SCHEMES:
        raise CouldNotTell(
            "DATABASE_URL is not the address of a PostgreSQL database",
            "write postgresql://USER:PASSWORD@HOST:PORT/NAME",
        )
    head, query = split_query(rest)
    userinfo, _, location = head.rpartition("@")
    if not LOCATION.fullmatch(location):
        raise CouldNotTell(
            "DATABASE_URL cannot be taken apart: host, port or name hold a character that ends them",
            "percent-encode : / ? # @ [ ] % in the user, the password and the name",
        )
    user, colon, password = userinfo.partition(":")
    hosts, _, name = location.partition("/")
    found = {"user": user, "dbname": name} | split_hosts(hosts)
    found = {key: unquote(value) for key, value in found.items() if value}
    return with_query(found, unquote(password) if colon and password else None, query)


# --8<-- [end:parse_url]


def split_query(rest: str) -> tuple[str, str]:
    head, mark, query = rest.rpartition("?")
    location = head.rpartition("@")[2]
    is_query = mark and "/" in location and LOCATION.fullmatch(location) and QUERY.fullmatch(query)
    return (head, query) if is_query else (rest.removesuffix("?"), "")


def split_hosts(text: str) -> dict[str, str]:
    pairs = [re.fullmatch(r"(?:\[(.*)\]|([^:]*))(?::(\d*))?", part) for part in text.split(",")]
    hosts = [pair[1] or pair[2] or "" for pair in pairs if pair]
    ports = [pair[3] or "" for pair in pairs if pair]
    return {"host": ",".join(hosts).strip(","), "port": ",".join(ports) if any(ports) else ""}


def with_query(found: dict[str, str], password: str | None, query: str) -> Target:
    ignored = []
    for pair in filter(None, query.split("&")):
        key, _, value = pair.partition("=")
        if key == "password":
            password = unquote(value)
        elif key == "ssl" and value == "true":
            found["sslmode"] = "require"
        elif key in PARAMETERS.split():
            found[key] = unquote(value)
        else:
            ignored.append(key)
    return Target(found, password, tuple(ignored))


def from_settings(settings: Mapping[str, Any]) -> Target:
    """Read one entry of Django's resolved DATABASES."""
    if settings["vendor"] != "postgresql":
        raise CouldNotTell(
            f"the project's database is {settings['vendor']}, not PostgreSQL",
            "set DATABASE_URL, or name another alias with --database",
        )
    names = {"NAME": "dbname", "USER": "user", "HOST": "host", "PORT": "port"}
    found = {key: str(settings[name]) for name, key in names.items() if settings.get(name)}
    options = settings.get("OPTIONS") or {}
    if "service" in options:
        raise CouldNotTell("the project's database is named by a service file", "give DATABASE_URL instead")
    found |= {key: str(value) for key, value in options.items() if key in PARAMETERS.split()}
    return Target(found, str(settings.get("PASSWORD") or options.get("password") or "") or None)
