"""Review of a diff by rules: what a careful person would ask about before reading further. Needs no model."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sweagent.core.patch import Patch
from sweagent.core.verdict import Finding, Review, Severity, Verdict
from sweagent.repo.tree import is_git_folder

LARGE_LINES = 400
LARGE_FILES = 20


@dataclass(frozen=True, slots=True)
class AddedLine:
    """A line that a patch adds: `line` counts from 1 in the new file."""

    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class LineRule:
    """A pattern that is worth a finding wherever an added line matches it; `paths` limits it to matching paths."""

    pattern: re.Pattern[str]
    severity: Severity
    message: str
    paths: re.Pattern[str] = re.compile("")


_PYTHON = re.compile(r"\.pyi?$")
_NOT_A_TEST = re.compile(r"^(?!(.*/)?(tests?|testing)/|(.*/)?(test_[^/]*|[^/]*_test|conftest)\.py$).*\.py$")
LINE_RULES: tuple[LineRule, ...] = (
    LineRule(re.compile(r"^(<{7}|>{7}|\|{7}) "), "blocker", "a conflict marker was left in"),
    LineRule(
        re.compile(r"\b(breakpoint\(\)|i?pdb\.set_trace\(\)|debugger;)"), "blocker", "a debugger call was left in"
    ),
    LineRule(
        re.compile(r"\bos\._exit\s*\("), "blocker", "ends the process without clean-up, which can hide failing tests"
    ),
    LineRule(
        re.compile(
            r"\b(AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36,}|sk-[A-Za-z0-9_-]{20,})\b|-----BEGIN [A-Z ]*PRIVATE KEY"
        ),
        "blocker",
        "looks like a secret",
    ),
    LineRule(
        re.compile(r"PYTEST_CURRENT_TEST|['\"]pytest['\"]\s+in\s+sys\.modules"),
        "blocker",
        "behaves differently when a test is watching",
    ),
    LineRule(
        re.compile(
            r"tool_test_report|TOOL_TEST_REPORT|\b_?(pytest|unittest|pluggy)(\.\w+)+\s*=(?!=)"
            r"|/proc/(self|thread-self|\d+)/(environ|fd|mem)\b|\bsetattr\(\s*_?(pytest|unittest|pluggy)\b"
        ),
        "blocker",
        "reaches into the test runner or its report",
    ),
    LineRule(
        re.compile(r"\braise\s+(unittest\.)?SkipTest|\b(pytest|_pytest\.outcomes)\.skip\b|\bskip\.Exception\b"),
        "blocker",
        "skips tests from the code under test",
        _NOT_A_TEST,
    ),
    LineRule(
        re.compile(r"^\s*(import|from)\s+(_pytest|pytest|pluggy|unittest)\b|\bimport_module\(\s*['\"]_?pytest"),
        "warning",
        "code under test imports the test runner",
        _NOT_A_TEST,
    ),
    LineRule(
        re.compile(
            r"\b(atexit\.register|gc\.get_(objects|referrers)|sys\.(settrace|setprofile|meta_path)|builtins\.\w+\s*=(?!=))"
        ),
        "warning",
        "acts on the whole process, test runner included",
        _PYTHON,
    ),
    LineRule(
        re.compile(r"^\s*url\s*=\s*['\"]?(-|ext::|file:|fd::|\.\./\.\.)"),
        "blocker",
        "a submodule address that runs or reads on the machine that fetches it",
        re.compile(r"(^|/)\.gitmodules$"),
    ),
    LineRule(
        re.compile(r"\b(filter|diff|merge)\s*="),
        "warning",
        "names a git filter or driver",
        re.compile(r"(^|/)\.gitattributes$"),
    ),
    LineRule(
        re.compile(r"^\s*except(\s+(Base)?Exception)?\s*:\s*(pass)?\s*$"), "warning", "swallows every error", _PYTHON
    ),
    LineRule(
        re.compile(r"^\s*@?(pytest\.mark\.(skip|xfail)|unittest\.skip|pytest\.skip\()"), "warning", "skips a test"
    ),
    LineRule(re.compile(r"\b(eval|exec)\s*\("), "warning", "evaluates code at run time", _PYTHON),
    LineRule(re.compile(r"shell\s*=\s*True"), "warning", "passes a string to the shell", _PYTHON),
    LineRule(re.compile(r"^\s*print\("), "note", "prints: is it meant to stay?", re.compile(r"^(?!.*test).*\.py$")),
    LineRule(re.compile(r"\b(TODO|FIXME|XXX)\b"), "note", "leaves something to do"),
)

_TEST_PATH = re.compile(r"(^|/)(tests?|testing|__tests__|spec)/|(^|/)(test_[^/]*|[^/]*_test|conftest)\.\w+$")
_CI = re.compile(r"^(\.github/(workflows|actions)/|\.gitlab-ci\.yml$|\.circleci/|azure-pipelines|Jenkinsfile$)")
_HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@")


def added_lines(patch: Patch) -> Iterator[AddedLine]:
    """Every line that the patch adds, with its place in the new file."""
    path, line, in_hunk = "", 0, False
    for text in patch.text.split("\n"):
        if text.startswith("diff --git "):
            in_hunk = False
        elif not in_hunk and text.startswith("+++ "):
            path = text[4:].strip().strip('"').removeprefix("b/")
        elif match := _HUNK.match(text):
            line, in_hunk = int(match[1]), True
        elif in_hunk and text.startswith("+"):
            yield AddedLine(path, line, text[1:])
            line += 1
        elif in_hunk and text.startswith(" "):
            line += 1


def links(patch: Patch) -> Iterator[tuple[str, str]]:
    """Every symbolic link that the patch adds or changes: its path and where it leads."""
    is_link = False
    for text in patch.text.split("\n"):
        if text.startswith("diff --git "):
            is_link = False
        elif re.fullmatch(r"new file mode 120000|new mode 120000|index [0-9a-f.]+ 120000", text):
            is_link, path = True, ""
        elif is_link and text.startswith("+++ "):
            path = text[4:].strip().strip('"').removeprefix("b/")
        elif is_link and path and text.startswith("+"):
            yield path, text[1:]


def review_by_rules(patch: Patch, verdict: Verdict | None) -> Review:
    """Read a patch by rules. It is approved where no finding is a blocker and the verdict passed."""
    findings = [*_whole(patch, verdict), *_links(patch), *_lines(patch)]
    blockers = [finding for finding in findings if finding.severity == "blocker"]
    if blockers:
        summary = f"{len(blockers)} blocker(s): {blockers[0].message}"
    elif findings:
        summary = f"{patch.summary()}; {len(findings)} remark(s), none blocks"
    else:
        summary = f"{patch.summary()}; nothing to remark"
    approved = not blockers and (verdict is None or verdict.passed)
    return Review(approved=approved, summary=summary, findings=tuple(findings), reviewer="rules")


def _whole(patch: Patch, verdict: Verdict | None) -> Iterator[Finding]:
    if patch.empty:
        yield Finding(severity="blocker", message="the patch is empty")
    for file in patch.files:
        if _TEST_PATH.search(file.path) and file.status != "added":
            did = "deletes" if file.status == "deleted" else "changes"
            yield Finding(
                severity="warning",
                path=file.path,
                message=f"{did} an existing test file; the verdict used the original",
            )
        if file.binary:
            yield Finding(severity="warning", path=file.path, message="adds or changes a binary file")
        if _CI.search(file.path):
            yield Finding(severity="warning", path=file.path, message="changes what runs on the forge, with its rights")
    total = sum(file.added + file.deleted for file in patch.files)
    if total > LARGE_LINES or len(patch.files) > LARGE_FILES:
        yield Finding(severity="warning", message=f"is large ({patch.summary()}): large patches get merged less often")
    if verdict is not None and verdict.restored:
        names = ", ".join(verdict.restored[:3])
        yield Finding(severity="note", message=f"files that steer the tests were set back for the verdict: {names}")
    if verdict is not None and verdict.passed and not verdict.report.tests:
        yield Finding(
            severity="warning", message="only the exit status of the test command is known, not which tests ran"
        )
    if verdict is not None and not verdict.passed:
        yield Finding(severity="blocker", message=f"the verdict is negative: {verdict.reason}")


def _links(patch: Patch) -> Iterator[Finding]:
    for path, target in links(patch):
        inside = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        leaves = target.startswith("/") or inside.startswith("..") or is_git_folder(inside.split("/")[0].encode())
        message = "a link that leads out of the repository" if leaves else "adds or changes a link"
        yield Finding(severity="blocker" if leaves else "note", path=path, message=message, evidence=target[:200])


def _lines(patch: Patch) -> Iterator[Finding]:
    for added in added_lines(patch):
        for rule in LINE_RULES:
            if rule.paths.search(added.path) and rule.pattern.search(added.text[:2000]):
                yield Finding(
                    severity=rule.severity,
                    message=rule.message,
                    path=added.path,
                    line=added.line,
                    evidence=added.text.strip()[:200],
                )
