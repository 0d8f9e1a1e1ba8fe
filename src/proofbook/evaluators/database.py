"""Runs sql snippets through psycopg and shows what psql would print."""

from __future__ import annotations

import contextlib
import re
import threading
import time

import psycopg
import sqlparse

from proofbook.evaluators.table import show
from proofbook.lab.programs import TIMED_OUT, Completed

LEADING_COMMENTS = re.compile(r"\A(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*", re.DOTALL)


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
        reached = threading.Event()
        # a timer, not statement_timeout: that one is the page's, to set and to show
        limit = threading.Timer(timeout, self._cancel, [reached])
        limit.start()
        try:
            for statement in statements(code):
                status = self._run_one(statement)
                if status:
                    break
        finally:
            limit.cancel()
        if reached.is_set():
            status = TIMED_OUT
        output = "\n".join(self._printed) + "\n" if self._printed else ""
        return Completed(status, output, time.monotonic() - began, timed_out=status == TIMED_OUT)

    def close(self) -> None:
        """Close the connection; an open transaction is rolled back."""
        self._connection.close()

    def _cancel(self, reached: threading.Event) -> None:
        reached.set()
        with contextlib.suppress(psycopg.Error):
            self._connection.cancel_safe(timeout=5)

    def _run_one(self, statement: str) -> int:
        try:
            cursor = self._connection.execute(statement)
        except psycopg.Error as error:
            message = error.pgresult.error_message if error.pgresult else None
            self._printed.append(message.decode().rstrip() if message else f"ERROR:  {error}")
            return 1
        if cursor.pgresult:
            self._printed.append(show(cursor.pgresult))
        return 0

    def _notice(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        self._printed.append(f"{diagnostic.severity}:  {diagnostic.message_primary}")
        for name, text in (("DETAIL", diagnostic.message_detail), ("HINT", diagnostic.message_hint)):
            if text:
                self._printed.append(f"{name}:  {text}")


def statements(code: str) -> list[str]:
    """Split a script into its statements, without the comments before each: psql does not send them."""
    found = (LEADING_COMMENTS.sub("", statement) for statement in sqlparse.split(code))
    return [text for text in found if text.strip(" ;\n")]
