"""Runs sql snippets through psycopg and shows what psql would print."""

from __future__ import annotations

import time

import psycopg
import sqlparse
from psycopg.errors import QueryCanceled

from proofbook.evaluators.table import show
from proofbook.processes import TIMED_OUT, Completed


class Connection:
    """One connection of an obligation; a transaction left open by a snippet stays open for the next."""

    def __init__(self, url: str) -> None:
        """Connect in autocommit, as psql does."""
        self._connection = psycopg.connect(url, autocommit=True)
        self._printed: list[str] = []
        self._connection.add_notice_handler(self._notice)

    def run(self, code: str, *, timeout: float) -> Completed:
        """Run the statements one by one; stop at the first error with status 1."""
        began = time.monotonic()
        self._printed = []
        status = 0
        self._connection.execute(f"SET statement_timeout = {int(timeout * 1000)}")
        for statement in statements(code):
            status = self._run_one(statement)
            if status:
                break
        output = "\n".join(self._printed) + "\n" if self._printed else ""
        return Completed(status, output, time.monotonic() - began, timed_out=status == TIMED_OUT)

    def close(self) -> None:
        """Close the connection; an open transaction is rolled back."""
        self._connection.close()

    def _run_one(self, statement: str) -> int:
        try:
            cursor = self._connection.execute(statement)
        except psycopg.Error as error:
            message = error.pgresult.error_message if error.pgresult else None
            self._printed.append(message.decode().rstrip() if message else f"ERROR:  {error}")
            ended = isinstance(error, QueryCanceled) and "statement timeout" in str(error)
            return TIMED_OUT if ended else 1
        if cursor.pgresult:
            self._printed.append(show(cursor.pgresult))
        return 0

    def _notice(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        self._printed.append(f"{diagnostic.severity}:  {diagnostic.message_primary}")
        for name, text in (("DETAIL", diagnostic.message_detail), ("HINT", diagnostic.message_hint)):
            if text:
                self._printed.append(f"{name}:  {text}")


def statements(code: str) -> list[str]:
    """Split a script into its statements, comments alone left out."""
    found = (statement.strip() for statement in sqlparse.split(code))
    return [text for text in found if sqlparse.format(text, strip_comments=True).strip(" ;\n")]
