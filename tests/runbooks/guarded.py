"""A shop on a server of its own, reached with a password that is hard to write, and watched for it all the time."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.runbooks.conftest import Server, Shop, opened, start_server, started
from tests.runbooks.watching import Watch

PASSWORD = """p@s:s/w%o#r d'"$)x\\"""
# an address of its own instead of a port of its own, so that an address without a port is that of this server
HOST = f"127.77.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"
SETTINGS = ("fsync=off", "max_connections=40", f"listen_addresses={HOST}")
HBA = """
local all locked scram-sha-256
local all all trust
host all all 127.0.0.0/8 scram-sha-256
"""
Fresh = Callable[[], AbstractContextManager[Shop]]


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def address(password: str, database: str, host: str, query: str = "", port: str = "") -> str:
    return f"postgresql://locked:{quote(password, safe='')}@{host}{port}/{database}{query}"


def set_password(server: Server, password: str) -> None:
    """Set it through standard input: the tests' own commands are watched like all others."""
    place = ["-h", str(server.folder), "-U", "postgres", "-q", "-v", "ON_ERROR_STOP=1"]
    server.run("psql", *place, input=f"ALTER ROLE locked PASSWORD {literal(password)};")


def restart(server: Server) -> None:
    """Start it again, unless it runs."""
    if server.run("pg_ctl", "-D", str(server.folder / "pg"), "status", user=True, check=False).returncode:
        start_server(server, *SETTINGS)


@pytest.fixture(scope="module")
def own(programs: Path) -> Iterator[Server]:
    """A server that may be stopped and that is reached over TCP, too; on a socket, no port need be named."""
    with started(programs, Path(f"/tmp/pb-runbooks-own-{os.getpid()}"), *SETTINGS, hba=HBA) as made:
        made.sql("CREATE ROLE locked LOGIN CREATEDB IN ROLE depot")
        set_password(made, PASSWORD)
        yield made


@pytest.fixture(scope="module")
def full(own: Server, server: Server, filled: str) -> str:
    """The filled database on that server, with more rows, so that there is a middle."""
    own.sql("CREATE DATABASE filled OWNER depot")
    place = ["-h", str(own.folder), "-U", "depot", "-d", "filled", "-q", "-v", "ON_ERROR_STOP=1"]
    own.run("psql", *place, input=server.dump(filled))
    own.sql(
        "INSERT INTO stock_item (name) SELECT left(n || md5(n::text), 40) FROM generate_series(1, 10000) n;", "filled"
    )
    return "filled"


@pytest.fixture
def guarded(own: Server, full: str, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    """Give as many watched shops as a test asks for."""

    @contextmanager
    def fresh() -> Iterator[Shop]:
        place = tmp_path_factory.mktemp("shop")
        with opened(own, full, cache, place) as shop, Watch(PASSWORD) as watch:
            shop.environment["DATABASE_URL"] = address(PASSWORD, shop.database, "", f"?host={own.folder}")
            yield shop
            watch.reads(*shop.heard)
            watch.reads_folder(place)

    return fresh
