"""The adapter to the Model Context Protocol: four tools that only read, on standard input and output."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, TypeVar

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations

from proofbook.asking import Answers
from proofbook.errors import ProofbookError

Told = TypeVar("Told")
INSTRUCTIONS = (
    "Faults of Django deployments on PostgreSQL, each provoked and repaired for real. Give diagnose the text of a log; "
    "then explain the code of the first match. Nothing here runs a program or changes anything."
)


def serve(answers: Answers, version: str) -> None:
    """Serve the tools until standard input ends."""
    server_for(answers, version).run("stdio")


def server_for(answers: Answers, version: str) -> MCPServer[Any]:
    """Give the server with its tools."""
    server: MCPServer[Any] = MCPServer("proofbook", instructions=INSTRUCTIONS, version=version, log_level="ERROR")
    read_only = ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )

    def diagnose(log: str) -> dict[str, Any]:
        """Name the faults in the text of a log, the root cause first, each with its page and the next command.

        Errors that no page knows are listed as unknown. Secrets and values of rows are masked in the answer.
        """
        return _told(lambda: answers.diagnose(io.BytesIO(log.encode())))

    def explain(code: str) -> str:
        """Give the page of a fault by its code, such as MIG101: cause, what to do, how to diagnose, fix and verify."""
        return _told(lambda: answers.explain(code))

    def search_lessons(words: str) -> list[dict[str, Any]]:
        """Find rules that were learnt from failed deployments, by words such as "index migration lock"; best first."""
        return _told(lambda: answers.search_lessons(words))

    def list_runbooks() -> list[dict[str, Any]]:
        """List the runbooks: what each is for, its steps, the faults it repairs, the command that tells its plan."""
        return _told(answers.list_runbooks)

    for tool in (diagnose, explain, search_lessons, list_runbooks):
        server.add_tool(tool, annotations=read_only)
    return server


def _told(ask: Callable[[], Told]) -> Told:
    """Turn an error of ours into the tool's, with its hint."""
    try:
        return ask()
    except ProofbookError as error:
        raise ToolError(str(error)) from None
