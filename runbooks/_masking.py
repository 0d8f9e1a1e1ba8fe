"""How parts of a secret are kept out of what a project itself says when it fails."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

LEAST = 5
# a variable of such a name holds a secret, whoever reads it
SECRET_NAME = re.compile(
    r"SECRET|PASSWORD|PASSWD|(^|_)PASS($|_)|(^|_)PW($|_)|TOKEN|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY|DSN",
    re.IGNORECASE,
)
QUOTED = re.compile(r"'([^']+)'|\"([^\"]+)\"")


def parts_of(value: str) -> set[str]:
    """Give what of a value must not be told: all of it, or the password if it is a URL."""
    part = password_in(value) if "://" in value else value
    return {part, unquote(part)} - {""}


def password_in(url: str) -> str:
    """Give what can be the password of a URL, however badly it is written."""
    rest = url.partition("://")[2]
    head, at, _ = rest.rpartition("@")
    return (head if at else rest).partition(":")[2]


# --8<-- [start:mask]
def mask(text: str, secrets: Iterable[str]) -> str:
    """Give the text without any part of a secret: neither what it quotes of one, nor five letters in a row."""
    secrets = list(secrets)
    text = QUOTED.sub(lambda found: "'***'" if is_part(found[1] or found[2], secrets) else found[0], text)
    for secret in secrets:
        for start in range(len(secret) - LEAST + 1):
            text = text.replace(secret[start : start + LEAST], "***")
    return text


def is_part(text: str, secrets: Iterable[str]) -> bool:
    return any(text in secret for secret in secrets)


# --8<-- [end:mask]
