"""Reads JUnit XML: pytest's own (``xunit1``) where it cannot load our plugin, and that of other runners.

The files were written by code we do not trust: bounded in size, and refused where they declare entities.
"""

from __future__ import annotations

import os
import re
import shlex
import stat
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from tools.testing.report import MAX_TEXT, Failure, Findings

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_BIGGEST = 64 << 20
_MOST_FILES = 2000
_KINDS = {"failure": "failed", "error": "error", "skipped": "skipped"}
_GIVEN = re.compile(r"(?:^|=)([^=\s]+\.xml)$")
_BUILDERS = re.compile(r"\b(?:mvnw?|gradlew?)\b")
_BUILT = ("target/surefire-reports/*.xml", "target/failsafe-reports/*.xml", "build/test-results/*/*.xml")


def environment(folder: Path, env: Mapping[str, str]) -> dict[str, str]:
    """Variables that make pytest write its own XML report into `folder`."""
    report = shlex.quote(str(folder / "junit.xml"))
    cache = shlex.quote(str(folder / "cache"))
    options = f"--junitxml={report} -o junit_family=xunit1 -o cache_dir={cache}"
    return {"PYTEST_ADDOPTS": f"{env.get('PYTEST_ADDOPTS', '')} {options}".strip(), "PYTHONDONTWRITEBYTECODE": "1"}


def read(folder: Path) -> Findings:
    """What pytest's XML report in `folder` says; nothing where it is missing, too big or no XML."""
    data = _bytes(folder / "junit.xml")
    return Findings() if data is None else parse(data, "pytest")


def parse(data: bytes, framework: str) -> Findings:
    """What an XML report says; nothing where it is no such report."""
    import xml.etree.ElementTree as ET  # seldom needed, and it would cost every start of the server

    findings = Findings()
    if len(data) > _BIGGEST or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        return findings
    try:
        root = ET.fromstring(data)  # noqa: S314  (what declares a document type was refused)
    except (ET.ParseError, ValueError, LookupError):
        return findings
    if root.tag not in ("testsuites", "testsuite"):
        return findings
    findings.framework, findings.seen = framework, 1
    stack: list[tuple[Element, tuple[str, ...]]] = [(root, ())]
    while stack:
        element, suites = stack.pop()
        for case in element.iterfind("testcase"):
            _add(findings, case, suites)
        inner = element.findall("testsuite")
        stack += [(child, (*suites, child.get("name") or "")) for child in reversed(inner)]
    if not findings.tests:
        findings.note = "no tests ran"
    return findings


def inside(output: str) -> Findings | None:
    """What an XML report says that a runner printed; None where there is none."""
    start, end = output.find("<testsuite"), output.rfind("</testsuite")
    if start < 0 or end < start:
        return None
    text = output[start : output.find(">", end) + 1]
    found = parse(text.encode("utf-8", "replace"), "junit")
    return found if found.seen else None


class Written:
    """The XML reports that a test command writes: those that it names, and where Maven and Gradle put theirs."""

    def __init__(self, command: str, workspace: Path) -> None:
        self._patterns = _BUILT if _BUILDERS.search(command) else ()
        self._workspace = workspace
        self._named = [workspace / match[1] for word in _words(command) if (match := _GIVEN.search(word))]
        self._before = dict(self._stamps())

    def fresh(self) -> Iterator[bytes]:
        """The contents of the reports that were written since."""
        for path, stamp in self._stamps():
            if self._before.get(path) != stamp:
                data = _bytes(path)
                if data is not None:
                    yield data

    def _stamps(self) -> Iterator[tuple[Path, tuple[int, int, int]]]:
        patterns = [deep + one for one in self._patterns for deep in ("", "*/", "*/*/")]
        built = (path for pattern in patterns for path in self._workspace.glob(pattern))
        for path in islice(chain(self._named, built), _MOST_FILES):
            try:
                found = path.lstat()
            except (OSError, ValueError):
                continue
            yield path, (found.st_mtime_ns, found.st_size, found.st_ino)


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


def _bytes(path: Path) -> bytes | None:
    """The contents of a plain file of bearable size."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            return file.read() if stat.S_ISREG(found.st_mode) and found.st_size <= _BIGGEST else None
    except OSError:
        return None


def _add(findings: Findings, case: Element, suites: tuple[str, ...]) -> None:
    classname, name = case.get("classname") or "", case.get("name") or ""
    if findings.framework == "pytest" or case.get("file"):
        test = node_id(case.get("file") or "", classname, name)
    elif classname in ("", "test", name):  # Node's and Jest's, which have no classes
        test = " > ".join([*filter(None, suites[1:] if classname == name else suites), name])
    else:
        test = node_id("", classname, name)
    outcome = "passed"
    for child in case:
        if child.tag in _KINDS and (outcome != "skipped" or findings.framework == "pytest"):  # Node's "todo" may fail
            outcome = _KINDS[child.tag]
            if outcome != "skipped":
                text = (child.text or "").strip("\n")
                message = (child.get("message") or text.strip().rpartition("\n")[2]).split("\n")[0]
                findings.failures[test] = Failure(test, message, (), text[-MAX_TEXT:])
    findings.add(test, outcome)


def node_id(file: str, classname: str, name: str) -> str:
    """Pytest's node id from the parts that the XML has: ``path::Class::test[param]``."""
    if not file:
        return f"{classname}::{name}" if classname else name
    module = file.removesuffix(".py").replace("/", ".")
    classes = classname.removeprefix(module).strip(".") if classname.startswith(module) else ""
    return "::".join([file, *filter(None, classes.split(".")), name])
