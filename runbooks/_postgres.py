"""What the runbooks know of connections to PostgreSQL, and how to open one without showing a secret."""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast

from _address import Target
from _complaints import hint_for, hint_for_rows
from _step import CouldNotTell, Failed
from _tools import ends_with_us

BAD_CONNECTION = 2  # psql's exit status
PREFIX = "proofbook-secret-"
# a long statement of a killed run would go on, and hold its locks
NOTICE_THE_END = """DO $$ BEGIN SET client_connection_check_interval = 500;
EXCEPTION WHEN undefined_object OR invalid_parameter_value THEN NULL; END $$;"""


# --8<-- [start:private_files]
@contextmanager
def private_files(target: Target) -> Iterator[dict[str, str]]:
    """Give an environment in which PostgreSQL's tools find address and password in files of mode 0600."""
    lines = [target.password or "", *target.parameters.values()]
    if any(character in line for line in lines for character in "\n\r\0"):
        raise CouldNotTell("the password or the address holds a line break", "a pass file cannot carry it")
    sweep()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        held = os.open(folder, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
        environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
        service = "".join(f"{key}={value}\n" for key, value in target.parameters.items())
        environment |= {
            "PGSERVICEFILE": write_private(folder, "service", f"[proofbook]\n{service}"),
            "PGSERVICE": "proofbook",
            "PGCLIENTENCODING": "UTF8",
        }
        if target.password is not None:
            password = re.sub(r"([:\\])", r"\\\1", target.password)
            environment.pop("PGPASSWORD", None)
            environment["PGPASSFILE"] = write_private(folder, "pass", f"*:*:*:*:{password}\n")
        try:
            yield environment
        finally:
            os.close(held)


# --8<-- [end:private_files]


def write_private(folder: str, name: str, text: str) -> str:
    path = str(Path(folder, name))
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    return path


def sweep() -> None:
    """Remove what a killed run left: its folder is no longer held by anyone."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if folder.is_symlink() or not folder.is_dir() or folder.stat().st_uid != os.geteuid():
                continue
            held = os.open(folder, os.O_RDONLY)
        except OSError:  # its run has ended just now, and removed it
            continue
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if time.time() - folder.stat().st_mtime > 1:  # a folder just made may not be held yet
                for name in ("pass", "service"):
                    (folder / name).unlink(missing_ok=True)
                folder.rmdir()
        except OSError:  # held, or another run sweeps it
            pass
        finally:
            os.close(held)


def quote_variable(text: str) -> str:
    """Write a text as the set command of psql reads it."""
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n").replace("\r", "\\r")
    return f"'{escaped}'"


class Sql:
    """One psql, kept open: every statement of a runbook goes through its standard input."""

    def __init__(self, environment: Mapping[str, str], name: str, *, outlives: bool = False) -> None:
        self.errors = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115  # closed in close()
        command = ["psql", "-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1", "-f", "-"]
        try:
            self.psql = subprocess.Popen(
                command,
                env={**environment, "PGAPPNAME": f"proofbook {name}"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.errors,
                encoding="utf-8",
                errors="replace",
                preexec_fn=None if outlives else ends_with_us,  # noqa: PLW1509  # what it calls is loaded already
                start_new_session=True,  # psql ends by what a terminal sends, even where this run ignores it
            )
        except FileNotFoundError:
            self.errors.close()
            raise CouldNotTell("psql is not on PATH", "install PostgreSQL's client programs") from None
        self.stdin, self.stdout = cast("IO[str]", self.psql.stdin), cast("IO[str]", self.psql.stdout)

    def script(self, sql: str, **values: str) -> list[str]:
        """Run SQL of ours, in which :'name' stands for a value, and give the lines printed."""
        marker = f"--{os.urandom(8).hex()}--"
        settings = "".join(f"\\set {key} {quote_variable(value)}\n" for key, value in values.items())
        lines: list[str] = []
        try:
            self.stdin.write(f"{settings}{sql}\n\\echo {marker}\n")
            self.stdin.flush()
            while (line := self.stdout.readline()) and line.rstrip("\n") != marker:
                lines.append(line.rstrip("\n"))
        except BrokenPipeError:
            line = ""
        if not line:
            raise self.failure()
        return lines

    def rows(self, sql: str, **values: str) -> list[dict[str, Any]]:
        """Give the rows of one statement of ours."""
        statement = f"WITH t AS (\n{sql}\n) SELECT to_jsonb(t) FROM t;"  # noqa: S608  # values are variables
        return [json.loads(line) for line in self.script(statement, **values)]

    def value(self, sql: str, **values: str) -> Any:
        """Give the single value of one statement of ours."""
        return next(iter(self.rows(sql, **values)[0].values()))

    def foreign(self, statement: str) -> list[str]:
        r"""Run SQL that others wrote: psql neither fills in variables nor obeys backslash commands in it."""
        return self.script("SELECT :'statement' \\gexec", statement=statement)

    def failure(self) -> Exception:
        code = self.psql.wait()
        self.errors.seek(0)
        text = re.sub(r"^psql:<stdin>:\d+: ", "", self.errors.read().strip(), flags=re.MULTILINE)
        kind = CouldNotTell if code == BAD_CONNECTION else Failed
        return kind(text or f"psql ended with {code}", (hint_for if code == BAD_CONNECTION else hint_for_rows)(text))

    def close(self) -> None:
        """End the connection; what is not committed is rolled back."""
        with suppress(BrokenPipeError):
            self.stdin.close()
        try:
            self.psql.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self.psql.kill()
            self.psql.wait()
        self.stdout.close()
        self.errors.close()


@contextmanager
def connect(target: Target, name: str, *, outlives: bool = False) -> Iterator[Sql]:
    """Open a connection to the target, with limits so that waiting for a lock never holds up others.

    One that outlives a kill of this run goes on until nobody holds its standard input open any more.
    """
    with private_files(target) as environment:
        sql = Sql(environment, name, outlives=outlives)
        try:
            sql.script(NOTICE_THE_END)
            sql.script("SET client_min_messages = warning; SET lock_timeout = '5s'; SET DateStyle = 'ISO, YMD';")
            sql.script("SET TimeZone = 'UTC'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 1;")
            yield sql
        finally:
            sql.close()
