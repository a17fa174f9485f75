"""The `run_tests` tool: runs a test command and reports outcomes by test."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tools.capture import plain
from tools.process import Finished
from tools.registry import Call, Result, Tool, ToolFailure
from tools.testing import junit_report, pytest_report, unittest_report
from tools.testing.command import with_paths
from tools.testing.report import OUTCOMES, Failure, Findings, as_json

COMMAND = "SWEAGENT_TEST_COMMAND"
"""Environment variable of the server: the test command to use where the caller gives none."""
_PARSED = 32 << 20
_NOT_FOUND = re.compile(
    r"^\S*sh: (?:line )?(?:\d+: )?.*(?:not found|No such file or directory|Permission denied)\s*$", re.M
)
_PLUGIN_REFUSED = re.compile(rb'Error importing plugin "tool_test_report_')
_NO_RUNNER = re.compile(r"No module named '?(?:pytest|unittest|nose|tox|nox)'?\s*$")
_PYTEST_RAN = re.compile(
    r"^=+ test session starts =+$|^=+ .*\d+ (?:passed|failed|error).* in [\d.]+s.*=+$|^\d+ passed.* in ", re.M
)


def run_tests(arguments: dict[str, Any], call: Call) -> Result:
    """Run the tests."""
    command = _command(arguments)
    folder = Path(tempfile.mkdtemp(prefix="test-report-"))
    written = junit_report.Written(command, call.workspace)
    try:
        done = _run(command, arguments, call, pytest_report.environment(folder, call.runner.env))
        if _PLUGIN_REFUSED.search(done.output.head + done.output.tail):
            done = _run(command, arguments, call, junit_report.environment(folder, call.runner.env))
        findings = understood(done, folder, call.workspace, written.fresh())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    data = as_json(
        command,
        findings,
        done.output.text(),
        exit_code=done.exit_code,
        started=_started(done, findings),
        timed_out=done.timed_out,
        seconds=round(done.seconds, 3),
    )
    return Result(_shown(data, findings, done), data=data)


def _run(command: str, arguments: dict[str, Any], call: Call, env: dict[str, str]) -> Finished:
    return call.runner.run(
        unittest_report.verbose(command),
        timeout=float(arguments["timeout"]),
        cancelled=call.cancelled,
        env=env,
        head=4096,
        tail=12288,
    )


def _command(arguments: dict[str, Any]) -> str:
    command = str(arguments.get("command") or os.environ.get(COMMAND, "")).strip()
    paths = arguments.get("paths") or []
    if not command and paths:
        command = "python3 -m pytest"
    if not command:
        raise ToolFailure("no test command is known here; give one as command")
    return with_paths(command, paths)


def understood(done: Finished, folder: Path, workspace: Path, files: Iterable[bytes] = ()) -> Findings:
    """What can be learnt of a finished run: from pytest's reports, else from what it printed.

    `files` are XML reports that the run wrote where anything could have written them.
    """
    output = _whole(done)
    findings = pytest_report.read(folder, workspace, output)
    if not findings.seen:
        findings = junit_report.read(folder)
    if findings.seen:
        return findings
    if _PYTEST_RAN.search(output):
        findings.framework = "pytest"
        message = "pytest ran but left no report: its results are unknown"
        findings.add("(pytest)", "error")
        findings.failures["(pytest)"] = Failure("(pytest)", message, text=output[-4000:])
        return findings
    findings = unittest_report.read(output, workspace, stopped=done.timed_out)
    if findings.seen:
        return findings
    from tools.testing import printed  # many patterns, which would cost every start of the server

    return printed.read(output, files, workspace)


def _whole(done: Finished) -> str:
    if done.output.spill:
        try:
            with Path(done.output.spill).open("rb") as file:
                return plain(file.read(_PARSED))
        except OSError:
            pass
    return done.output.text()


def _started(done: Finished, findings: Findings) -> bool:
    """False where the shell found nothing to run, or Python found no test runner."""
    if done.error is not None:
        return False
    if findings.tests:
        return True
    output = plain(done.output.head + done.output.tail).strip()
    if done.exit_code in (126, 127):
        return not _NOT_FOUND.search(output)
    return not (done.exit_code == 1 and _NO_RUNNER.search(output))


def _shown(data: dict[str, Any], findings: Findings, done: Finished) -> str:
    words = _words(findings)
    if not data["started"]:
        words = "the test command did not start" + (f": {done.error}" if done.error else "")
    elif done.timed_out:
        words += f"; stopped after {done.seconds:.0f} s (time limit)"
    lines = [f"{words} (exit status {done.exit_code}, {done.seconds:.1f} s)"]
    for failure in list(findings.failures.values())[:20]:
        where = f" at {failure.frames[-1].path}:{failure.frames[-1].line}" if failure.frames else ""
        lines.append(f"{findings.tests.get(failure.id, 'failed').upper()} {failure.id}{where}: {failure.message[:300]}")
    if len(findings.failures) > 20:
        lines.append(f"[and {len(findings.failures) - 20} more]")
    return "\n".join([*lines, "", data["output"].rstrip()]).rstrip()


def _words(findings: Findings) -> str:
    """How many tests ended in which way, or why none did; who said so, where it was only printed."""
    counts = findings.count()
    words = ", ".join(f"{counts[kind]} {kind}" for kind in OUTCOMES if counts.get(kind))
    words = "; ".join(filter(None, [words, findings.note])) or "no test results understood"
    return f"{findings.framework} printed: {words}" if findings.printed else words


TOOLS = (
    Tool(
        name="run_tests",
        description=(
            "Run the project's tests and report the outcome of each. Without command, the project's own test command; "
            "paths adds test files or ids (for example tests/test_x.py::test_y) to it."
        ),
        schema={
            "type": "object",
            "properties": {
                "command": {"type": "string", "description": "Test command; the project's own by default."},
                "paths": {
                    "type": "array",
                    "items": {"type": "string"},
                    "description": "Test files or ids to run, instead of all.",
                },
                "timeout": {"type": "number", "default": 600, "minimum": 0.1, "maximum": 7200},
            },
        },
        handler=run_tests,
    ),
)
