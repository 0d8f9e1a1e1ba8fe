"""Hands files and folders over to the user that sandboxes have."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from proofbook.errors import ProofbookError
from proofbook.lab.programs import Account
from proofbook.lab.trees import Tree

ENGLISH = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


def give(path: Path, account: Account | None) -> None:
    """Give a file or a whole folder to the sandbox's user."""
    if account is None:
        return
    _give(str(path), account, is_folder=path.is_dir() and not path.is_symlink())


def _give(path: str, account: Account, *, is_folder: bool) -> None:
    os.chown(path, account.uid, account.gid, follow_symlinks=False)
    if is_folder:
        for entry in os.scandir(path):
            _give(entry.path, account, is_folder=entry.is_dir(follow_symlinks=False))


def copy_tree(source: Path | Tree, target: Path, account: Account | None) -> None:
    """Copy a folder, or what was read of one, with its links and modes, owned by the sandbox's user.

    Raises ProofbookError when there is no room for it; what was copied is removed again.
    """
    try:
        if isinstance(source, Tree):
            source.write(target, account)
            return
        # a program: of hundreds of files it needs a tenth of the time that Python does
        words = ("cp", "--archive", "--no-target-directory", "--", source, target)
        subprocess.run(words, check=True, capture_output=True, text=True, env=ENGLISH)
        give(target, account)
    except (OSError, subprocess.CalledProcessError) as error:
        shutil.rmtree(target, ignore_errors=True)
        raise ProofbookError(
            str(target), f"cannot be made: {_reason(error)}", "free some space, or set TMPDIR"
        ) from None


def _reason(error: OSError | subprocess.CalledProcessError) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        return str(error.stderr).strip().rpartition(": ")[2]
    return error.strerror or str(error)
