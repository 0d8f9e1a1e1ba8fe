"""Runs inside the project's own Python and answers questions, one JSON line each.

It is sent through a pipe as one text with _inside_history.py and _inside_operations.py, never imported, and must run on
every Python that Django 4.2 runs on.
"""
# ruff: noqa: UP032, ANN001, ANN202, PLC0415, PTH110, ARG001, ARG005, PTH109, PTH113, PTH206, F821

import json
import os
import runpy
import sys
import traceback


def start():
    """Do what manage.py does before Django starts: some load a .env there, or set the settings module."""
    from django.core import management

    management.execute_from_command_line = lambda argv=None: None
    sys.argv = ["manage.py", "proofbook"]
    if os.path.exists("manage.py"):
        runpy.run_path("manage.py", run_name="__main__")
    import django

    django.setup()


def blame(error):
    """Tell what kept the project from starting, and the last line of its own that was on the way."""
    frames = traceback.extract_tb(error.__traceback__)
    says = "{}: {}".format(type(error).__name__, error)
    if isinstance(error, KeyError) and frames[-1].filename in (os.__file__, "<frozen os>"):
        says = "the environment variable {} is not set".format(error.args[0])
    lines = {os.path.relpath(each.filename): each.lineno for each in frames if os.path.isfile(each.filename)}
    ours = [name for name in lines if not name.startswith("..") and "-packages" not in name]
    return says + (" ({}:{})".format(ours[-1], lines[ours[-1]]) if ours else "")


HERE = os.path.realpath(os.getcwd()) + os.sep


def is_own(path):
    """Tell whether a file is the project's own: below its folder, and in no package that is installed there."""
    parts = path[len(HERE) :].split(os.sep)
    return path.startswith(HERE) and "site-packages" not in parts and "dist-packages" not in parts


def settings(alias):
    from django.db import connections

    connection = connections[alias]
    kept = {key: connection.settings_dict.get(key) for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    options = {key: str(value) for key, value in connection.settings_dict.get("OPTIONS", {}).items()}
    return dict(kept, NAME=str(kept["NAME"]), OPTIONS=options, vendor=connection.vendor)


def learn(alias, text):
    """Take in more questions: a file sent in the same way, which names them in its QUESTIONS."""
    room = dict(globals())
    exec(text, room)  # noqa: S102  # our own file, from our own pipe
    QUESTIONS.update((each.__name__, each) for each in room["QUESTIONS"])


QUESTIONS = {
    each.__name__: each for each in (settings, history, operations, migrate, call, record, check, touched, learn)
}


def main(requests, replies):
    started = False
    for line in requests:
        request = json.loads(line)
        try:
            if not started:
                start()
                started = True
            answer = {"answer": QUESTIONS[request.pop("question")](**request)}
        except BaseException as error:  # noqa: BLE001  # also SystemExit of a manage.py; all of it is told
            answer = {"error": "{}: {}".format(type(error).__name__, error) if started else blame(error)}
        replies.write(json.dumps(answer, default=str) + "\n")
        replies.flush()
