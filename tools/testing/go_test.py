"""Reads what ``go test`` prints, plain, with ``-v`` or with ``-json`` (``go help test``, ``go doc test2json``)."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tools.testing.report import Failure, Findings, Frame, frames_in

_PACKAGE = re.compile(r"^(ok  |FAIL|\?   )\t(\S+)(?:[\t ](.*))?$")
_RAN = re.compile(r"^(?:ok  |FAIL|\?   )\t\S+|^=== RUN   \S+$|^--- (?:PASS|FAIL|SKIP): \S+ \(", re.M)
_EVENT = re.compile(r'^\{.*"Action":"[a-z-]+".*\}$', re.M)
_RESULT = re.compile(r"--- (PASS|FAIL|SKIP): (\S+) \([\d.]+s\)$")
_BEGIN = re.compile(r"^=== (?:RUN|CONT|NAME|PAUSE) +(\S+)$")
_SAID = re.compile(r"(?:^|    )([^\s:]+\.go):(\d+): (.*)$")
_BUILD = re.compile(r"^# (\S+)(?: \[.*\])?$")
_COMPILER = re.compile(r"^(?:vet: )?(\S+\.go):(\d+)(?::\d+)?: (.*)$")
_STACK = re.compile(r"^\t(/\S+\.go):(\d+)", re.M)
_OUTCOMES = {"PASS": "passed", "FAIL": "failed", "SKIP": "skipped"}


def read(output: str, workspace: Path) -> Findings | None:
    """What Go's tests in `output` say; None where there are none."""
    text = _of_events(output) if _EVENT.search(output) else output
    if not _RAN.search(text):
        return None
    reader = _Reader(workspace)
    for line in text.split("\n"):
        reader.take(line)
    return reader.done()


def _of_events(output: str) -> str:
    """The text that a stream of events holds, package by package: events of several packages come mixed."""
    texts: dict[str, list[str]] = {}
    for line in output.split("\n"):
        try:
            event = json.loads(line) if line.startswith("{") else None
        except (ValueError, RecursionError):
            event = None
        if isinstance(event, dict) and isinstance(event.get("Output"), str):
            # What the compiler said has no package and comes first.
            texts.setdefault(str(event.get("Package", "")), []).append(event["Output"])
        elif not isinstance(event, dict):
            texts.setdefault("", []).append(f"{line}\n")
    return "\n".join("".join(part) for _, part in sorted(texts.items()))


class _Reader:
    """Goes through the lines. A package is named only when its tests are over, so they wait for it."""

    def __init__(self, workspace: Path) -> None:
        self._findings = Findings("go")
        self._workspace = workspace
        self._outcomes: dict[str, str] = {}
        self._texts: dict[str, list[str]] = {"": []}
        self._current = ""
        self._builds: dict[str, list[str]] = {}
        self._build: list[str] | None = None
        self._fine = 0

    def take(self, line: str) -> None:
        """One line."""
        package, result, begin, build = (p.match(line) for p in (_PACKAGE, _RESULT, _BEGIN, _BUILD))
        result = result or _RESULT.search(line)
        if package:
            self._close(package[1].strip(), package[2], package[3] or "")
        elif result:
            self._outcomes[result[2]] = _OUTCOMES[result[1]]
            self._turn(result[2])
        elif begin:
            self._outcomes.setdefault(begin[1], "error")  # until its result comes
            self._turn(begin[1])
        elif build:
            self._build = self._builds.setdefault(build[1], [])
        elif self._build is not None and (_COMPILER.match(line) or line.startswith("\t")):
            self._build.append(line)
        else:
            self._build = None
            self._texts[self._current].append(line)

    def done(self) -> Findings:
        """All that was understood."""
        if self._outcomes:
            self._close("FAIL" if "failed" in self._outcomes.values() else "", "", "")
        findings = self._findings
        if "passed" not in findings.tests.values() and self._fine:
            findings.note = f"{self._fine} package{'s' * (self._fine > 1)} ok"
        elif not findings.tests:
            findings.note = "no tests ran"
        return findings

    def _turn(self, test: str) -> None:
        self._current, self._build = test, None
        self._texts.setdefault(test, [])

    def _close(self, word: str, package: str, rest: str) -> None:
        """The package is over: its tests get their names."""
        outcomes, texts = self._outcomes, self._texts
        self._outcomes, self._texts, self._current, self._build = {}, {"": []}, "", None
        self._fine += word == "ok" and "[no tests" not in rest
        failing = {test for test, outcome in outcomes.items() if outcome in ("failed", "error")}
        for test, outcome in outcomes.items():
            inner = [other for other in outcomes if other.startswith(f"{test}/")]
            if inner and (outcome == "passed" or failing.intersection(inner)):
                continue  # a test that only holds others
            name = f"{package}.{test}"[:500] if package else test[:500]
            self._findings.add(name, outcome)
            if test in failing:
                self._findings.fail(self._failure(name, package, texts.get(test, []), outcome), outcome)
        if word == "FAIL" and package and not failing:
            self._broken(package, rest, texts[""])

    def _failure(self, name: str, package: str, lines: list[str], outcome: str) -> Failure:
        text = "\n".join(lines)
        for at, line in enumerate(lines):
            said = _SAID.search(line)
            if said:  # what a test logs goes on with deeper lines
                more = " ".join(row.strip() for row in lines[at + 1 : at + 3] if row.startswith("        "))
                place = self._named(package, said[1], int(said[2]))
                return Failure(name, f"{said[3]} {more}".strip()[:300], place, text)
            if line.startswith(("panic: ", "fatal error: ")):
                return Failure(name, line[:300], self._stack(text), text)
        return Failure(name, "the test run ended in the middle of this test" if outcome == "error" else "", (), text)

    def _broken(self, package: str, rest: str, lines: list[str]) -> None:
        """A package that failed without a failing test: it does not build, or ended too early."""
        build = self._builds.get(package, [])
        words = next((line for line in [*build, *reversed(lines)] if line.strip() and line != "FAIL"), rest)
        match = _COMPILER.match(words)
        place = [(match[1], int(match[2]), "")] if match else []
        frames = frames_in(self._workspace, place, self._workspace)
        text = "\n".join(build or lines)
        self._findings.fail(Failure(package, words.strip()[:300] or "the package failed", frames, text), "error")

    def _named(self, package: str, file: str, line: int) -> tuple[Frame, ...]:
        """The place of a file that is named without its folder; import paths end in the folder's path."""
        parts = package.split("/")
        for start in range(len(parts) + 1):
            place = "/".join([*parts[start:], file])
            if "\0" not in place and (self._workspace / place).is_file():
                return frames_in(self._workspace, [(place, line, "")], self._workspace)
        return ()

    def _stack(self, text: str) -> tuple[Frame, ...]:
        found = [(match[1], int(match[2]), "") for match in _STACK.finditer(text)]
        return frames_in(self._workspace, reversed(found[:30]), self._workspace)
