"""The forms in which the outcomes of checks are written: text for people, the others for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from _finding import Finding, Outcome

MARKS = {"passed": "✓", "failed": "✗", "skipped": "-", "could-not-check": "?"}
SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
# GitHub shows at most ten annotations of a kind for one step and drops the others without a word
GITHUB_LIMIT = 10


def as_text(outcome: Outcome) -> str:
    """Give one check as the lines a person reads."""
    lines = [f"{MARKS[outcome.status]} {outcome.name:<20} {outcome.title}  {outcome.seconds:.2f} s"]
    for finding in outcome.findings:
        lines += [f"    {finding}", *([f"      hint: {finding.hint}"] if finding.hint else [])]
    lines += [f"    {note}" for note in outcome.notes]
    if outcome.reason:
        what = "not checked to the end" if outcome.status == "failed" else outcome.status.replace("-", " ")
        lines += [f"    {what}: {outcome.reason}"]
        lines += [f"      hint: {outcome.hint}"] if outcome.hint else []
    lines += [f"      lesson: {outcome.lesson}"] if outcome.lesson else []
    return "\n".join(line.replace("\n", "\n      ") for line in lines)


def as_record(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Give all of them as the JSON of a check."""
    findings = [
        {
            "check": outcome.name,
            "fault": finding.fault,
            "severity": finding.severity,
            "path": finding.path,
            "line": finding.line,
            "message": finding.message,
            "hint": finding.hint,
        }
        for outcome in outcomes
        for finding in outcome.findings
    ]
    checks = [
        {
            "name": outcome.name,
            "status": outcome.status,
            "seconds": round(outcome.seconds, 3),
            "reason": " ".join(filter(None, (outcome.reason, outcome.hint and f"({outcome.hint})"))),
            "notes": outcome.notes,
            "lesson": outcome.lesson,
        }
        for outcome in outcomes
    ]
    return {"findings": findings, "checks": checks}


def as_json(name: str, outcomes: Sequence[Outcome]) -> str:
    """Give one JSON object."""
    del name
    return json.dumps(as_record(outcomes))


def as_github(name: str, outcomes: Sequence[Outcome]) -> str:
    """Give annotations for a workflow's log; what exceeds GitHub's limit is counted in the last one."""
    lines = []
    for severity in ("error", "warning"):
        found = [(each, finding) for each in outcomes for finding in each.findings if finding.severity == severity]
        if severity == "warning":
            found += [(each, unknown(each)) for each in outcomes if each.status == "could-not-check"]
        room = GITHUB_LIMIT if len(found) <= GITHUB_LIMIT else GITHUB_LIMIT - 1
        lines += [annotation(severity, f"{name}: {each.name}", finding, each.lesson) for each, finding in found[:room]]
        if found[room:]:
            more = Finding(f"{len(found) - room} more, see the log of this step")
            lines.append(annotation(severity, name, more))
    return "\n".join(lines)


def unknown(outcome: Outcome) -> Finding:
    """Give a check that could not be made as something to report."""
    return Finding(f"could not check: {outcome.reason}", outcome.hint, severity="warning")


def annotation(severity: str, title: str, finding: Finding, lesson: str = "") -> str:
    """Give one workflow command, escaped as GitHub wants it."""
    values = {"file": finding.path, "line": finding.line or "", "title": f"{title} {finding.fault}".strip()}
    given = ",".join(f"{key}={escape(str(value), ':,')}" for key, value in values.items() if value)
    text = "\n".join(filter(None, (finding.message, finding.hint, lesson and f"lesson: {lesson}")))
    return f"::{severity} {given}::{escape(text)}"


def escape(text: str, more: str = "") -> str:
    """Write what would end a workflow command as percent and hex."""
    for char in "%\r\n" + more:
        text = text.replace(char, f"%{ord(char):02X}")
    return text


def as_sarif(name: str, outcomes: Sequence[Outcome]) -> str:
    """Give SARIF 2.1.0, which code scanning reads; checks that could not be made are notifications."""
    rules = [{"id": each.name, "shortDescription": {"text": each.title}} for each in outcomes]
    results = [result(each.name, finding) for each in outcomes for finding in each.findings]
    notes = [
        {"level": "error", "message": {"text": f"{each.name}: {unknown(each).message}"}}
        for each in outcomes
        if each.status == "could-not-check"
    ]
    run = {
        "tool": {"driver": {"name": name, "rules": rules}},
        "invocations": [{"executionSuccessful": not notes, "toolExecutionNotifications": notes}],
        "results": results,
    }
    return json.dumps({"$schema": SARIF, "version": "2.1.0", "runs": [run]}, indent=2)


def result(check: str, finding: Finding) -> dict[str, Any]:
    """Give one finding as SARIF has it."""
    words = ". ".join(filter(None, (finding.message, finding.hint)))
    told: dict[str, Any] = {"ruleId": check, "level": finding.severity, "message": {"text": words}}
    if finding.fault:
        told["properties"] = {"fault": finding.fault}
    if finding.path:
        place: dict[str, Any] = {"artifactLocation": {"uri": quote(finding.path)}}
        if finding.line:
            place["region"] = {"startLine": finding.line}
        told["locations"] = [{"physicalLocation": place}]
    return told


WRITERS: dict[str, Callable[[str, Sequence[Outcome]], str]] = {
    "json": as_json,
    "github": as_github,
    "sarif": as_sarif,
}
FORMATS = ("text", *WRITERS)
