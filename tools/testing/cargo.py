"""Reads what ``cargo test`` and ``cargo nextest`` print: results, panics, and errors of the compiler."""

from __future__ import annotations

import re
from pathlib import Path

from tools.testing.report import Failure, Findings, frames_in

_RAN = re.compile(r"^running \d+ tests?$|^error: could not compile |^ +Summary \[ *[\d.]+s\] ", re.M)
_TARGET = re.compile(r"^\s+(?:Running (?:unittests )?(\S+) \(|Doc-tests (\S+))")
_RESULT = re.compile(r"^test (.+?) \.\.\. (ok|FAILED|ignored\b.*)$")
_QUIET = re.compile(r"^(\S.*?) --- FAILED$")
_NEXTEST = re.compile(r"^\s+(PASS|FAIL|ABORT|TIMEOUT|SIG\w+|LEAK) \[[^\]]*s\] (?:\( *\d+/\d+\) )?(\S+) (\S+)$")
_MODE = re.compile(r" - (?:should panic|compile fail|compile)$")
_SUMS = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;", re.M)
_DETAIL = re.compile(
    r"^---- ([^\n]+?) stdout ----\n(.*?)(?=^---- [^\n]+? stdout ----$|^failures:$|^test result: |\Z)", re.M | re.S
)
_PANIC = re.compile(
    r"^thread '(?P<thread>[^'\n]*)'(?: \(\d+\))? panicked at (?:'(?P<old>[^\n]*)', )?"
    r"(?P<path>[^\n:]+):(?P<line>\d+):\d+:?$"
    r"(?P<new>(?:\n(?!stack backtrace:|note: )[^\n]+)*)",
    re.M,
)
_COMPILER = re.compile(r"^error(?:\[(E\d+)\])?: ([^\n]+)\n +--> ([^\n:]+):(\d+):\d+$", re.M)
_MOST_ERRORS = 20


def read(output: str, workspace: Path) -> Findings | None:
    """What Cargo's runs in `output` say; None where there are none."""
    if not _RAN.search(output):
        return None
    findings = Findings("cargo")
    _results(findings, output)
    panics = {panic["thread"]: panic for panic in _PANIC.finditer(output)}
    details = {_MODE.sub("", match[1]): match[2] for match in _DETAIL.finditer(output)}
    for test, outcome in list(findings.tests.items()):
        if outcome == "failed":
            name = test.partition(" (")[0] if test not in details else test
            text = details.get(name, "")
            findings.failures[test] = _failure(test, text, _PANIC.search(text) or panics.get(name), workspace)
    _compiler(findings, output, workspace)
    _sums(findings, output)
    return findings


def _results(findings: Findings, output: str) -> None:
    target, seen = "", dict[str, str]()
    for line in output.split("\n"):
        place = _TARGET.match(line)
        if place:
            target = place[1] or f"doc of {place[2]}"
            continue
        result, quiet, nextest = _RESULT.match(line), _QUIET.match(line), _NEXTEST.match(line)
        if nextest:
            findings.add(f"{nextest[3]} ({nextest[2]})", "passed" if nextest[1] in ("PASS", "LEAK") else "failed")
            continue
        if not result and not quiet:
            continue
        name = _MODE.sub("", result[1] if result else quiet[1] if quiet else "")
        # Two targets may each have a test of one name.
        test = name if seen.setdefault(name, target) == target else f"{name} ({target})"
        outcome = "failed" if not result or result[2] == "FAILED" else "passed" if result[2] == "ok" else "skipped"
        findings.add(test[:500], outcome)


def _failure(test: str, text: str, panic: re.Match[str] | None, workspace: Path) -> Failure:
    if panic is None:
        message = next((line for line in text.split("\n") if line.strip()), "")
        return Failure(test, message[:300], (), text)
    words = panic["old"] or "; ".join(line.strip() for line in panic["new"].split("\n") if line.strip())
    frames = frames_in(workspace, [(panic["path"], int(panic["line"]), "")], workspace)
    return Failure(test, words[:300], frames, text or panic[0])


def _compiler(findings: Findings, output: str, workspace: Path) -> None:
    """What would not compile, by place."""
    if "error: could not compile " not in output:
        return
    for error in list(_COMPILER.finditer(output))[:_MOST_ERRORS]:
        code = f"{error[1]}: " if error[1] else ""
        frames = frames_in(workspace, [(error[3], int(error[4]), "")], workspace)
        findings.fail(Failure(f"{error[3]}:{error[4]}", f"{code}{error[2]}"[:300], frames), "error")
    if not findings.failures:
        findings.fail(Failure("(cargo)", "the code does not compile"), "error")


def _sums(findings: Findings, output: str) -> None:
    sums = [tuple(map(int, match.groups())) for match in _SUMS.finditer(output)]
    if not sums:
        return
    passed, failed, ignored = (sum(column) for column in zip(*sums, strict=True))
    errors = sum(outcome == "error" for outcome in findings.tests.values())
    findings.counts = {"failed": failed, "error": errors, "passed": passed, "skipped": ignored}
    if not passed + failed + ignored + errors:
        findings.note = "no tests ran"
