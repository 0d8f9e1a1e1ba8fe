"""A shop on a server of its own, reached with a password that is hard to write, and watched for it all the time."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.runbooks.conftest import PROJECT, Ran, Server, Shop, clone, environment_for, opened, start_server, started
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


@pytest.fixture(scope="module")
def behind(own: Server, full: str, cache: Path) -> str:
    """The same, with stock.0002_weight still to be applied."""
    clone(own, "behind", full)
    Shop(own, PROJECT, "behind", environment_for(own, "behind", cache)).manage("migrate", "-v", "0", "stock", "0001")
    return "behind"


@contextmanager
def watched(own: Server, template: str, cache: Path, place: Path) -> Iterator[Shop]:
    """Give a shop whose password nobody may see while it is there, nor read afterwards."""
    with opened(own, template, cache, place) as shop, Watch(PASSWORD) as watch:
        url = address(PASSWORD, shop.database, "", f"?host={own.folder}")
        shop.environment |= {"DATABASE_URL": url, "SHOP_USER": "locked", "SHOP_PASSWORD": PASSWORD}
        try:
            yield shop
            watch.reads(*shop.heard)
            watch.reads_folder(place)
        finally:
            for name in own.databases():  # of a run that failed the test: the next one looks for its own
                if name.startswith("proofbook_"):
                    own.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def guarded(own: Server, full: str, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    """Give as many watched shops as a test asks for."""
    return lambda: watched(own, full, cache, tmp_path_factory.mktemp("shop"))


@pytest.fixture
def releasing(own: Server, behind: str, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    """Give watched shops with v1 in use, of which v2 has a migration to apply."""

    @contextmanager
    def fresh() -> Iterator[Shop]:
        with watched(own, behind, cache, tmp_path_factory.mktemp("shop")) as shop:
            (shop.folder / "current").write_text("v1\n")
            yield shop

    return fresh


def succeeds(shop: Shop, *call: str) -> Ran:
    done = shop.run(*call)
    assert done.code == 0, done.out + done.err
    return done


def left(shop: Shop, *call: str) -> list[object]:
    """Give what a kill may leave only until the next run has ended; the call is such a run."""
    place = shop.folder.parent
    if list(place.glob("proofbook-secret-*")):
        time.sleep(1.1)  # a run leaves alone what is younger than a second: it may be another's, just being made
        succeeds(shop, *call)
    scratch = [name for name in shop.server.databases() if "proofbook" in name or name.endswith("_restoring")]
    return [*place.rglob("*.partial"), *place.glob("proofbook-secret-*"), *scratch]
