"""Understands what Python's unittest prints: with ``-v`` every test, otherwise the failing ones."""

from __future__ import annotations

import re
from pathlib import Path

from tools.testing.report import Failure, Findings, frames_in

_HEADER = re.compile(r"^(?P<name>\w+) \((?P<where>[\w.]+)\)(?: \[[^\]]*\])?(?: \((?P<sub>.*)\))?(?P<rest>.*)$")
_OUTCOME = re.compile(r"(?:^|\.\.\. )(ok|FAIL|ERROR|skipped(?: .*)?|expected failure|unexpected success)$")
_DETAIL = re.compile(
    r"^={70}\n(?P<kind>FAIL|ERROR): (?P<title>[^\n]*)\n(?:[^\n]*\n)??-{70}\n(?P<text>.*?)(?=^={70}$|^-{70}$|\Z)",
    re.M | re.S,
)
_FRAME = re.compile(r'^ *File "(?P<path>[^"\n]+)", line (?P<line>\d+)(?:, in (?P<function>.*))?$', re.M)
_RAN = re.compile(r"^Ran (\d+) tests? in ", re.M)
_BEGUN = re.compile(r"^\w+ \(\w+\.[\w.]+\)(?:\n[^\n]+)? \.\.\. ?", re.M)
_OUTCOMES = {
    "ok": "passed",
    "FAIL": "failed",
    "ERROR": "error",
    "expected failure": "passed",
    "unexpected success": "failed",
}
_LOADER = "unittest.loader._FailedTest"
_UNFINISHED = "the test run ended in the middle of this test"


def verbose(command: str) -> str:
    """`command` with ``-m unittest`` made to name every test: without their names nothing could be judged."""
    if not re.search(r"-m\s+unittest(?=\s|$)", command) or re.search(r"(?<!\S)(-v|--verbose)(?!\S)", command):
        return command
    loud = re.sub(r"(-m\s+unittest\b[^;&|]*?)\s+(?:-q|--quiet)(?=\s|$)", r"\1", command, count=1)
    return re.sub(r"(-m\s+unittest)(?=\s|$)", r"\1 -v", loud, count=1)


def read(output: str, workspace: Path, stopped: bool = False) -> Findings:
    """What `output` says of unittest's tests; framework ``unknown`` where unittest did not print it.

    A run that did not come to its sum is believed only where the time limit `stopped` it, which no verdict survives.
    """
    findings = Findings()
    ran = _RAN.findall(output)
    if not ran and not _BEGUN.search(output):
        return findings
    findings.framework, findings.seen = "unittest", 1
    running = _outcomes(findings, output)
    for detail in _DETAIL.finditer(output):
        _add_detail(findings, detail, workspace)
    if not ran:
        findings.printed = not stopped
        findings.fail(Failure(running or "(unittest)", _UNFINISHED if running else "unittest ended too early"), "error")
    elif not findings.tests and not any(map(int, ran)):
        findings.note = "no tests ran"
    return findings


def _outcomes(findings: Findings, output: str) -> str:
    """Take the outcome of each test; the name of the one that was still running."""
    current = ""
    for line in output.split("\n"):
        header = _HEADER.match(line)
        if header and (not header["rest"].strip() or "..." in header["rest"]):
            current = _id(header["name"], header["where"])
        outcome = _OUTCOME.search(line)
        if outcome and current:
            findings.add(current, _OUTCOMES.get(outcome[1], "skipped"))
            current = ""
    return current


def _id(name: str, where: str) -> str:
    """The dotted id that unittest takes on its command line; since Python 3.11 it is printed whole."""
    if where.startswith(_LOADER):
        return name
    return where if where.endswith("." + name) else f"{where}.{name}"


def _add_detail(findings: Findings, detail: re.Match[str], workspace: Path) -> None:
    header = _HEADER.match(detail["title"])
    test = _id(header["name"], header["where"]) if header else detail["title"]
    findings.tests.pop(test, None)
    findings.add(test, "failed" if detail["kind"] == "FAIL" else "error")
    text = detail["text"].strip()
    frames = [(f["path"], int(f["line"]), f["function"] or "") for f in _FRAME.finditer(text)]
    findings.failures[test] = Failure(test, _message(text), frames_in(workspace, frames, workspace), text)


def _message(text: str) -> str:
    """The first line after the last frame that is not indented: the error itself."""
    end = max((frame.end() for frame in _FRAME.finditer(text)), default=0)
    lines = [*text[end:].split("\n"), *text.split("\n")]
    return next((line for line in lines if line and not line.startswith((" ", "Traceback"))), "")
