"""What PostgreSQL, SQLite and the resolver complain of, known by their words: the fault, and what to do."""

from __future__ import annotations

import re

# no connection, no code: the words are all there is, and a server that speaks another language gets the usual hint
FAULTS = (
    ("DBC102", r"password authentication failed", "compare the password with the one the server has"),
    ("DBC103", r'\brole "[^"]*" does not exist', "name the role in DATABASE_URL"),
    ("DBC105", r"too many clients|connection slots are reserved|too many connections", "see who holds them"),
    ("DBC106", r'\bdatabase "[^"]*" does not exist', "look for the right name with psql -l before you make a new one"),
    (
        "DBC104",
        r"could not translate host name|failed to resolve host",
        "is it a name that only another network knows?",
    ),
    (
        "DBC110",
        r"unable to open database file|^there is no file",
        "look at the path, from the folder in which the program is started",
    ),
    ("DBC107", r"attempt to write a readonly database", "let the account own the file and its folder"),
    (
        "DBC101",
        r"Connection refused|No such file or directory|the database system is (starting|shutting|not yet)",
        "is the server up, and does it listen there? pg_isready tells",
    ),
)
HIDDEN = re.compile(r"row-level security policy for table")
USUAL = "is the server up, and is DATABASE_URL right?"


def hint_for(text: str) -> str:
    """Give what to do about a connection that failed, with the fault that it is, where the words tell."""
    for fault, words, hint in FAULTS:
        if re.search(words, text):
            return f"{fault}: {hint}"
    return USUAL


def hint_for_rows(text: str) -> str:
    """Give what to do where a policy would have hidden rows, and nothing for any other complaint."""
    return "BAK104: run it as a role of its own that has BYPASSRLS, not as the application's" * bool(
        HIDDEN.search(text)
    )
