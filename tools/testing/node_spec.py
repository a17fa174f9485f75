"""Reads the `spec` report of Node's own runner (``node --test``): on terminals and, since version 23, everywhere."""

from __future__ import annotations

import re
from pathlib import Path

from tools.testing.report import Failure, Findings, frames_in
from tools.testing.stacks import inside, javascript_failure

_SUM = re.compile(r"^ℹ tests (\d+)$", re.M)
_LINE = re.compile(r"^( *)([✔✖﹣⚠▶]) (.*?)(?: \(\d[\d.]*ms\)(?: # (.*))?)?$")
_PLACE = re.compile(r"^test at (.+):(\d+):\d+$")
_THROWN = re.compile(r"^(?:Uncaught )?[\w.]*(?:Error|Exception)\b.*")


def read(output: str, workspace: Path) -> Findings | None:
    """What a spec report in `output` says; None where there is none."""
    total = _SUM.search(output)
    if total is None:
        return None
    reader = _Reader(workspace)
    for line in output[: total.start()].split("\n"):
        reader.take(line)
    reader.close()
    reader.take_summary(output[total.end() :].split("\n"))
    if not reader.findings.tests:
        reader.findings.note = "no tests ran"
    return reader.findings


class _Reader:
    """Goes through the lines; a suite is a line with ▶, closed by a line of its own name."""

    def __init__(self, workspace: Path) -> None:
        self.findings = Findings("node")
        self._workspace = workspace
        self._suites: list[tuple[int, str]] = []
        self._failing = ""
        self._text: list[str] = []

    def take(self, line: str) -> None:
        """One line of the report before its sums."""
        match = _LINE.match(line)
        if match is None:
            self._text.append(line)
            return
        before = self._text
        self.close()
        indent, mark, name = len(match[1]), match[2], inside(match[3], self._workspace)
        while self._suites and self._suites[-1][0] > indent:
            self._suites.pop()
        if self._suites and self._suites[-1] == (indent, name):
            self._suites.pop()
        elif mark == "▶":
            self._suites.append((indent, name))
        else:
            self._test(" > ".join([*(suite for _, suite in self._suites), name])[:500], mark, match[4] or "", before)

    def _test(self, test: str, mark: str, directive: str, before: list[str]) -> None:
        todo = directive.upper().startswith(("SKIP", "TODO"))
        outcome = "skipped" if todo or mark in "﹣⚠" else "passed" if mark == "✔" else "failed"
        if outcome != "failed":
            self.findings.add(test, outcome)
            return
        self._failing = test
        thrown = next((line for line in before if _THROWN.match(line)), "")
        self.findings.fail(Failure(test, thrown[:300]))

    def close(self) -> None:
        """The text since the last line with a mark belongs to the test of that line."""
        failing, text, self._failing, self._text = self._failing, self._text, "", []
        known = self.findings.failures.get(failing)
        if known is not None:
            made = javascript_failure(failing, text, self._workspace)
            if made.message and not (known.message and made.message == "'test failed'"):
                self.findings.failures[failing] = made

    def take_summary(self, lines: list[str]) -> None:
        """The list of failing tests at the end, where newer versions print the errors alone."""
        place: tuple[str, int, str] | None = None
        name, text = "", [""]
        for line in [*lines, "test at end:0:0"]:
            at, mark = _PLACE.match(line), _LINE.match(line)
            if at:
                self._fill(name, text, place)
                place, name, text = (at[1], int(at[2]), ""), "", []
            elif mark and place:
                name, text = inside(mark[3], self._workspace), []
            else:
                text.append(line)

    def _fill(self, name: str, text: list[str], place: tuple[str, int, str] | None) -> None:
        for test, known in self.findings.failures.items():
            if name and (test == name or test.endswith(f" > {name}")) and not (known.message and known.frames):
                made = javascript_failure(test, text, self._workspace)
                frames = made.frames or known.frames
                if not frames and place:
                    frames = frames_in(self._workspace, [place], self._workspace)
                self.findings.failures[test] = Failure(test, known.message or made.message, frames, made.text)
                return
