"""Knows that a line tells of an error, whatever the error is, so that unknown never looks like healthy."""

from __future__ import annotations

import re2

from proofbook.pages.logs import IN_ENGLISH, STATEMENTS

TRACEBACK = "Traceback (most recent call last)"
CHAINED = (
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
)
SEVERITIES = tuple(IN_ENGLISH)
# what psql and its like write for "error: " in other languages
OF_CLIENTS = (
    *("Fehler: ", "erreur : ", "errore: ", "fel: ", "σφάλμα: ", "ошибка: ", "помилка: "),
    *("შეცდომა: ", "エラー: ", "오류: ", "错误: "),
)
LOGFMT = (
    *("error", "err", "critical", "crit", "fatal", "panic", "alert", "emerg"),
    *("ERROR", "ERR", "CRITICAL", "CRIT", "FATAL", "PANIC", "ALERT", "EMERG", "Error", "Critical", "Fatal"),
)
# what PostgreSQL, psql, Python, Django, gunicorn, git, shells, npm and container engines put before an error
PATTERNS = (
    rf"(?:^|\s|\]:?)(?:ERROR|FATAL|PANIC|{'|'.join(SEVERITIES)}):\s",
    r"^(?:psql:|[\w./-]+: )?(?:fatal |internal )?error: \S",
    rf"^(?:psql|pg_\w+|createdb|dropdb|createuser|dropuser|vacuumdb|reindexdb)(?::\S+)?: (?:{'|'.join(OF_CLIENTS)})\S",
    r"^(?:CommandError|SystemCheckError|[\w.]*OperationalError|[\w.]*ImproperlyConfigured): ",
    r"(?:^|\s)\[?(?:ERROR|CRITICAL)\]? +[\w\[({'\"/]",
    r"^fatal: \S",
    r"^\S+: (?:line \d+: )?\S.*: (?:command not found|No such file or directory|Permission denied)$",
    r"^npm (?:ERR!|error) \S",
    r"^Error response from daemon: ",
    r"^(?:#\d+ [\d.]+ )?[Ee]rror: \S",
    r"^OSError|^PermissionError|^ModuleNotFoundError|^ImportError",
    # an exception alone, without the traceback above it
    r"^(?:[A-Za-z_]\w*\.)*(?:Exception|[A-Z]\w*(?:Error|Exception|Violation|NotReady|DoesNotExist))(?:: \S|$)",
    r"^(?:[a-z_]\w*\.)+(?:errors|exceptions)\.[A-Z]\w*(?:: \S|$)",
    # logfmt, nginx, Celery, Kubernetes
    rf"(?:^|\s)(?:level|lvl|severity|levelname|log\.level)=\"?(?:{'|'.join(LOGFMT)})(?:[\"\s]|$)",
    r"(?:^|\s)\[(?:emerg|alert|crit|error)\] \S",
    r": (?:ERROR|CRITICAL)/[\w-]+\] \S",
    r"^Error from server\b",
    r"Failed to pull image",
    r"BackOff(?:[^\w\":=]|$)",
    r"\bOOMKilled(?:[^\w\":=]|$)",
    r"No space left on device",
    r"\bKilled$",
)
# says only that something has failed; worth telling when nothing else is
AFTERMATH = (
    r"exited with code [1-9]\d*",
    r"Process completed with exit code [1-9]\d*",
    r"returned (?:a )?non-zero (?:exit )?(?:code|status)",
    r"SystemCheckError: System check identified",
    r"\[ERROR\] (?:Shutting down: Master|Reason: )",
    r"\[ERROR\] Worker \(pid:\d+\) (?:exited with code|was sent SIG(?:ABRT|TERM|INT))",
    r"ERROR django\.request: (?:Internal Server Error|Service Unavailable|Bad Request|Forbidden)",
)
_ERROR = re2.compile("|".join(f"(?:{pattern})" for pattern in PATTERNS))
_AFTERMATH = re2.compile("|".join(f"(?:{pattern})" for pattern in AFTERMATH))

# of each pattern what stands in every line it finds
WORDS = (
    "Traceback",
    "above exception",
    "ERROR",
    "FATAL",
    "PANIC",
    *(f"{severity}:" for severity in SEVERITIES),
    *OF_CLIENTS,
    *(f"{statement}:" for statement in STATEMENTS),
    "CRITICAL",
    "WARNING:",
    "rror: ",
    "fatal: ",
    "ImproperlyConfigured",
    "command not found",
    "No such file or directory",
    "Permission denied",
    "npm ERR!",
    "npm error",
    "Error response",
    "Error",
    "Exception",
    "exceptions.",
    "errors.",
    "Violation",
    "NotReady",
    "DoesNotExist",
    "Failed to pull",
    "BackOff",
    "OOMKilled",
    *(f"[{level}]" for level in ("emerg", "alert", "crit", "error")),
    # logfmt and JSON, also JSON in JSON
    *(f"{before}{level}" for level in LOGFMT for before in ("=", '="', '"', '\\"') if level.islower()),
    *(f'"{level}' for level in ("ERR", "CRIT", "ALERT", "EMERG", "Err", "Crit", "Fatal", "Panic", "Alert", "Emerg")),
    *(f"={level}" for level in LOGFMT if not level.islower()),
    *(f'level":{blank}{number}' for blank in ("", " ") for number in ("50", "60")),
    "No space left",
    "Killed",
    "exited with code",
    "with exit code",
    "non-zero",
)


def tells_error(text: str) -> bool:
    """Tell whether a line, taken alone, is an error."""
    return _ERROR.search(text) is not None


def tells_aftermath(text: str) -> bool:
    """Tell whether a line says only that something before it has failed."""
    return _AFTERMATH.search(text) is not None
