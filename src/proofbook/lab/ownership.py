"""Hands files and folders over to the user that sandboxes have."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from proofbook.errors import ProofbookError
from proofbook.lab.programs import Account
from proofbook.lab.trees import Tree


def give(path: Path, account: Account | None) -> None:
    """Give a file or a whole folder to the sandbox's user."""
    if account is None:
        return
    os.chown(path, account.uid, account.gid, follow_symlinks=False)
    if path.is_dir() and not path.is_symlink():
        for entry in os.scandir(path):
            give(Path(entry.path), account)


def copy_tree(source: Path | Tree, target: Path, account: Account | None) -> None:
    """Copy a folder, or what was read of one, with its links and modes, owned by the sandbox's user.

    Raises ProofbookError when there is no room for it; what was copied is removed again.
    """
    try:
        if isinstance(source, Tree):
            source.write(target, account)
            return
        shutil.copytree(source, target, symlinks=True)
        give(target, account)
    except (OSError, shutil.Error) as error:
        shutil.rmtree(target, ignore_errors=True)
        raise ProofbookError(
            str(target), f"cannot be made: {_reason(error)}", "free some space, or set TMPDIR"
        ) from None


def _reason(error: OSError | shutil.Error) -> str:
    if isinstance(error, shutil.Error) and error.args and error.args[0]:
        return str(error.args[0][0][-1])
    return error.strerror or str(error)
