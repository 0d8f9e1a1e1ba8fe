"""Takes from what is kept all that belongs to this machine: folders, names, databases, ports."""

from __future__ import annotations

import re
import socket

from proofbook.errors import ProofbookError
from proofbook.lab.lab import Lab
from proofbook.lab.sandbox import Sandbox

PORT = re.compile(r"(127\.0\.0\.1:)\d+")
# a folder that every machine has is none of this one's
FOLDER = re.compile(r"(?<![\w.~/-])/(?:root|home|work|tmp|var|mnt|opt|dev/shm|private|Users)/[\w.-]+")
TELLING = 8


def own_name() -> re.Pattern[str]:
    """Give what finds this machine's name; a name that is a word of ours, such as `depot`, is found nowhere."""
    name = socket.gethostname()
    tells = len(name) >= TELLING and any(each.isdigit() for each in name)
    return re.compile(rf"\b{re.escape(name)}\b" if tells else r"(?!)")


class Scrubber:
    """Knows what is this machine's, by the lab and its sandbox."""

    def __init__(self, lab: Lab, sandbox: Sandbox) -> None:
        self.names = {
            str(sandbox.root): "/srv/depot",
            str(sandbox.folder / "home"): "~",
            sandbox.database: "depot",
            str(lab.settings.lab_python.parent.parent): "/srv/venv",
            str(lab.settings.root): "/srv",
        }
        if lab.server.tools:
            self.names[str(lab.server.tools.parent)] = "/srv/postgresql"
        self.names |= {value: "/srv/socket" for value in lab.server.variables("").values() if value.startswith("/")}

    def why(self, error: ProofbookError) -> str:
        """Give the one line of an error that says why, or say that it cannot be shown."""
        lines = [line.strip() for line in str(error).splitlines()]
        try:
            return self.scrub(next((line for line in lines if "rror:" in line), lines[0]))
        except ProofbookError:
            return "something of this machine is in what was to be kept: teach scrubbing.py"

    def scrub(self, text: str) -> str:
        """Give the text as it would be anywhere else.

        Raises ProofbookError when something of this machine is left.
        """
        for name in sorted(self.names, key=len, reverse=True):
            text = text.replace(name, self.names[name])
        text = PORT.sub(r"\g<1>8001", text)
        left = FOLDER.search(text) or own_name().search(text)
        if left:
            raise ProofbookError("a record", f"holds {left[0]!r}, which is this machine's", "teach scrubbing.py")
        return text
