"""Listens to what one request leads to: headers that are read, and queries. Sent after _inside_tenant_trying.py."""
# ruff: noqa: ANN001, ANN202, ANN204, F821, SLF001

import os
import sys
from contextlib import contextmanager, suppress

from django.core.handlers.wsgi import WSGIRequest
from django.db import connections
from django.http.request import HttpHeaders

# what every client sends, and names no tenant
USUAL = ("accept", "authorization", "content-", "cookie", "forwarded", "host", "if-", "origin", "range", "referer")
USUAL += ("sec-", "user-agent", "x-csrf", "x-forwarded", "x-real-ip", "x-request", "x-trace", "traceparent")
BETWEEN = ("_collections_abc.py", "<frozen _collections_abc>", "/django/utils/datastructures.py")


class Heard:
    """What one request has led to: its status, the headers that the project's own code asked for, and its queries."""

    def __init__(self):
        self.status, self.headers, self.queries = 0, {}, []

    def note_header(self, key):
        frame = sys._getframe(2)
        while frame and frame.f_code.co_filename.endswith(BETWEEN):
            frame = frame.f_back
        path = os.path.realpath(frame.f_code.co_filename) if frame else ""
        header = str(key).replace("_", "-").title()
        if is_own(path) and not header.lower().startswith(USUAL):
            self.headers.setdefault(header, (path[len(HERE) :], frame.f_lineno))

    def note_query(self, execute, sql, params, many, context):
        given = params.values() if isinstance(params, dict) else params or ()
        self.queries.append((str(sql), {str(each) for each in given}))
        return execute(sql, params, many, context)

    def shows(self, table):
        """Tell whether it was answered with what a query of this table gave."""
        return 200 <= self.status < 300 and any(table in sql for sql, _given in self.queries)  # noqa: PLR2004

    def asks_for(self, table, names):
        """Tell whether a query of this table named one of these; a key without its dashes is one, too."""
        wanted = names | {each.replace("-", "") for each in names}
        return any(table in sql and wanted & given for sql, given in self.queries)


@contextmanager
def listening(alias, heard):
    """Note what the project asks of a request and of the database."""
    kept_header, kept_start = HttpHeaders.__getitem__, WSGIRequest.__init__

    class Meta(dict):
        def __getitem__(self, key):
            if str(key).startswith("HTTP_"):
                heard.note_header(key[5:])
            return dict.__getitem__(self, key)

        def get(self, key, default=None):
            if str(key).startswith("HTTP_"):
                heard.note_header(key[5:])
            return dict.get(self, key, default)

    def header(self, key):
        heard.note_header(key)
        return kept_header(self, key)

    def start(self, environ):
        kept_start(self, environ)
        self.META = Meta(environ)

    HttpHeaders.__getitem__, WSGIRequest.__init__ = header, start
    try:
        with connections[alias].execute_wrapper(heard.note_query):
            yield
    finally:
        HttpHeaders.__getitem__, WSGIRequest.__init__ = kept_header, kept_start


def get(alias, client, path, header="", value=""):
    heard = Heard()
    named = {"HTTP_" + header.upper().replace("-", "_"): value} if header else {}
    with suppress(Exception), trying(alias), listening(alias, heard):
        heard.status = client.get(path, secure=True, **named).status_code
    return heard
