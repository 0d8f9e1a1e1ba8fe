"""How a key and its fallback stand in a .env file before, during and after a rotation, to the byte."""

from __future__ import annotations

from _env_edit import inner, line_end, line_start, raw, replaced
from _env_file import Assignment, EnvFile


# --8<-- [start:rotated]
def rotated(env: EnvFile, key: Assignment, old: Assignment | None, new: str, name: str) -> bytes:
    """Give the file with a new key, and the old one, as it is written there, as the value of the fallback."""
    content, place = env.content, line_end(env.content, key.end)
    end = b"\r\n" if content[:place].endswith(b"\r\n") else b"\n"
    change = [(*inner(key), new.encode())]
    if old:
        change.append((old.start, old.end, raw(env, key)))
    else:
        # a shell must hand on the one as it hands on the other
        line = (b"export " if key.exported else b"") + name.encode() + b"=" + raw(env, key)
        change.append((place, place, line + end if content[:place].endswith(b"\n") else end + line))
    for start, stop, text in sorted(change, reverse=True):
        content = replaced(content, start, stop, text)
    return content


# --8<-- [end:rotated]


def without_fallback(env: EnvFile, key: Assignment, old: Assignment) -> bytes:
    """Take the fallback's line out if it follows the key's, as rotating puts it there; otherwise empty it."""
    content = env.content
    start, end = line_start(content, old.start), line_end(content, old.end)
    if start != line_end(content, key.end):
        return replaced(content, old.start, old.end, b"")
    keeps_end = content[:end].endswith(b"\n")
    return replaced(content, start, end, b"") if keeps_end else content[:start].rstrip(b"\r\n")


def returned(env: EnvFile, key: Assignment, old: Assignment) -> bytes:
    """Give the file with the old key in its place again, quotes and all."""
    if old.start > key.start:
        return replaced(without_fallback(env, key, old), key.start, key.end, raw(env, old))
    return replaced(replaced(env.content, key.start, key.end, raw(env, old)), old.start, old.end, b"")
