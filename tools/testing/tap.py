"""Reads the Test Anything Protocol (versions 12 to 14, https://testanything.org), with subtests and YAML diagnostics.

Node's own runner prints it where its output is no terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tools.testing.report import Failure, Findings, frames_in
from tools.testing.stacks import inside, javascript

_HEAD = re.compile(r"^TAP version 1\d$", re.M)
_PLAN = re.compile(r"^1\.\.(\d+)(?:\s*#\s*(.*))?$", re.M)
_FIRST = re.compile(r"^(?:not )?ok \d+\b", re.M)
_RESULT = re.compile(r"^( *)(not )?ok (\d+)\b(?: -)?(?: (.*))?$")
_DIRECTIVE = re.compile(r"(?<!\\)#\s*(SKIP|TODO|time=)", re.I)
_BAIL = re.compile(r"^Bail out!\s*(.*)$", re.M)
_ERROR = re.compile(r"^ *(?:error|message): (?:'(.*)'|\"(.*)\"|([^|>\s].*))$", re.M)
_BLOCK = re.compile(r"^( *)(?:error|message): [|>][-+]?\n((?:\1 +.*\n| *\n)+)", re.M)
_PLACE = re.compile(r"^ *(?:location: '?(.+?):(\d+):\d+'?|fileName: (.+)\n *lineNumber: (\d+))$", re.M)
_MOST_LINES = 400
_COMPARED = re.compile(r"^ *(?:found|wanted|got|expected|actual): \S.*$", re.M)
_THROWN = re.compile(r"^(?:Uncaught )?[\w.]*(?:Error|Exception)\b.*")


@dataclass(slots=True)
class _Test:
    """A result line with what was printed under it."""

    indent: int
    path: list[str]
    outcome: str
    details: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def read(output: str, workspace: Path) -> Findings | None:
    """What a TAP stream in `output` says; None where there is none."""
    if not (_HEAD.search(output) or (_PLAN.search(output) and _FIRST.search(output))):
        return None
    node = "\n# cancelled " in output and "\n# duration_ms " in output
    findings = Findings("node" if node else "tap")
    for test in _tests(output.split("\n")):
        name = " > ".join(inside(part, workspace) for part in test.path)[:500]
        if test.outcome == "failed":
            findings.fail(_failure(name, test, workspace))
        findings.add(name, test.outcome)
    _ends(findings, output)
    return findings


def _ends(findings: Findings, output: str) -> None:
    """What the stream says of itself: that it was given up, or had nothing to run."""
    bail = _BAIL.search(output)
    if bail:
        findings.fail(Failure("(tap)", f"Bail out! {bail[1]}".strip()), "error")
    plan = _PLAN.search(output)
    if not findings.tests:
        reason = f" ({plan[2]})" if plan and plan[2] else ""
        findings.note = f"no tests ran{reason}"


def _tests(lines: list[str]) -> list[_Test]:
    """The tests that have no subtests, and those that failed by themselves; paths lead from the outermost."""
    open_: list[_Test] = []
    for test in _results(lines):
        below = []
        while open_ and open_[-1].indent > test.indent:
            below.append(open_.pop())
        if not below:
            open_.append(test)
            continue
        for inner in reversed(below):
            inner.path.insert(0, test.path[0])
            inner.indent = test.indent
            open_.append(inner)
        if test.outcome == "failed" and not any(inner.outcome == "failed" for inner in below):
            open_.append(test)
    return open_


def _results(lines: list[str]) -> Iterator[_Test]:
    """Every result line, in the order of the stream."""
    last: _Test | None = None
    remarks: list[str] = []
    closing = ""
    for line in lines:
        if closing:
            closing = "" if line == closing else closing
            if last is not None:
                last.details.append(line)
            continue
        match = _RESULT.match(line)
        if match:
            last = _Test(len(match[1]), *_named(match), remarks=remarks)
            remarks = []
            yield last
        elif line.strip() == "---" and last is not None:
            closing = line.replace("---", "...")
            last.details.append(line)
        elif line.lstrip().startswith("#"):
            remarks.append(line.lstrip("# "))
        elif last is not None and line.startswith(" " * (last.indent + 1)):
            last.details.append(line)


def _named(match: re.Match[str]) -> tuple[list[str], str]:
    text = match[4] or ""
    directive = _DIRECTIVE.search(text)
    name = re.sub(r"\\(.)", r"\1", text[: directive.start()] if directive else text).strip()
    skipped = directive is not None and directive[1].upper() in ("SKIP", "TODO")
    return [name or f"test {match[3]}"], "skipped" if skipped else "failed" if match[2] else "passed"


def _failure(name: str, test: _Test, workspace: Path) -> Failure:
    text = "\n".join(test.details[:_MOST_LINES])
    block, plain = _BLOCK.search(text + "\n"), _ERROR.search(text)
    if block and (plain is None or block.start() < plain.start()):
        message = " ".join(block[2].split())
    elif plain:
        message = plain[1] or plain[2] or plain[3] or ""
    elif _COMPARED.search(text):
        message = "; ".join(found[0].strip() for found in _COMPARED.finditer(text))
    elif not any(line.strip() == "---" for line in test.details):
        message = next((line.strip() for line in test.details if line.strip()), "")
    else:
        message = ""
    if message in ("", "test failed"):  # a file that broke: its words stand in the remarks before
        message = next((words for words in test.remarks if _THROWN.match(words)), message)
    frames = javascript(text, workspace)
    place = _PLACE.search(text)
    if not frames and place:
        frames = frames_in(workspace, [(place[1] or place[3], int(place[2] or place[4]), "")], workspace)
    return Failure(name, message[:300], frames, text)
