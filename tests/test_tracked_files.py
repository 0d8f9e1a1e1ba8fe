"""What may not be among the files that git keeps: keys, and data of people."""

from __future__ import annotations

import re
import subprocess

import pytest
from tests.repository import ROOT

DATA = re.compile(r"(^|/)\.env$|\.(sqlite3?|db|dump|pem|p12|key)$|\.sql\.gz$")
# the cases of this test, and the key that a lesson's breach adds
MADE_FOR = re.compile(r"^tests/(test_tracked_files\.py|cases/lessons/keep-keys-and-data-out-of-git/.*)$")
KEYS = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    re.compile(r"\b(gh[opsur]|github_pat|glpat|xox[bp])[_-]\w{20,}"),
    re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    re.compile(r"\b(?:dop_v1|sk_live|SG)[_.]\w{20,}"),
)
URL = re.compile(r"\b\w+://[^\s/:@$'\"{}<>%]+:[^\s/:@$'\"{}<>]+@(?P<host>[\w.-]+)")
MADE_UP = re.compile(
    r"(^|\.)(example|internal|invalid|localhost|test)(\.com|\.org|\.net)?$|^127\.0\.0\.1$|^[a-z]+$", re.IGNORECASE
)


def tracked() -> list[str]:
    """Give the files that git keeps, and those it would."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return sorted(path for path in listed.split("\0") if path and (ROOT / path).is_file())


def keys_in(text: str) -> list[str]:
    """Give what looks like a key, or like a URL with a password for a host that may exist."""
    found = [match[0] for pattern in KEYS for match in pattern.finditer(text)]
    return found + [match[0] for match in URL.finditer(text) if not MADE_UP.search(match["host"])]


@pytest.mark.lesson("keep-keys-and-data-out-of-git")
def test_no_tracked_file_holds_data_of_people():
    assert [path for path in tracked() if DATA.search(path)] == []


@pytest.mark.lesson("keep-keys-and-data-out-of-git")
def test_no_tracked_file_holds_a_key():
    texts = {path: (ROOT / path).read_bytes().decode("utf-8", "replace") for path in tracked()}

    assert {path: found for path, text in texts.items() if not MADE_FOR.search(path) and (found := keys_in(text))} == {}


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA PRIVATE KEY-----",
        f"token: ghp_{'a1' * 18}",
        f"key = AKIA{'Q' * 16}",
        "DATABASE_URL=postgresql://app:hunter2@db.meats.io:25060/prod",
    ],
)
def test_a_key_would_be_noticed(text):
    assert keys_in(text)


@pytest.mark.parametrize("text", ["postgresql://app:secret@db.example/x", "https://$USER:$PASSWORD@host.io/x"])
def test_what_is_made_up_is_no_key(text):
    assert keys_in(text) == []


@pytest.mark.parametrize("path", ["backend/test_db.sqlite3", ".env", "backups/prod.dump", "old/x.sql.gz"])
def test_data_would_be_noticed(path):
    assert DATA.search(path)
    assert not DATA.search("lab/prod.env")
