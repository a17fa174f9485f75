"""Decides whether a file's new bytes may be written: no new syntax errors, no conflict markers, no elided code."""

from __future__ import annotations

import functools
import re
import shutil
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePath

from tools import text
from tools.edit.languages import grammars_of
from tools.process import Runner
from tools.worker import Worker, WorkerLostError

MAX_BYTES = 2 << 20
SECONDS = 5.0
_CONFLICT = re.compile(r"^(?:<{7}|>{7}|\|{7})(?: .*)?$", re.MULTILINE)
_DOTS = r"(?:\.{3}|…)"
_ELIDED = re.compile(
    r"^[ \t]*(?:\#|//|/\*|--|<!--|;|%|\{/\*)[ \t]*"
    rf"(?:\(?{_DOTS}[ \t]*)?(?P<words>[^\n]*?)(?:[ \t]*{_DOTS}\)?)?[ \t]*(?:\*/\}}?|-->)?[ \t]*$",
    re.MULTILINE,
)
_REST = re.compile(
    r"^\W*(?:the\s+)?(?:rest|remainder)\s+of\s+(?:the\s+|your\s+|this\s+|existing\s+|original\s+)*"
    r"(?:code|file|function|method|class|implementation|module|script|logic|body|content)s?\b"
    r"(?:\s+(?:is|are|remains?|stays?|here|unchanged|the\s+same|as\s+(?:before|is)|below|goes|continues))*\W*$"
    r"|^\W*(?:existing|previous|original|unchanged|other|same)\s+(?:code|methods?|functions?|implementation|imports?|content)"
    r"(?:\s+(?:is|are|remains?|stays?|here|unchanged|the\s+same|as\s+before|below|above|continues))+\W*$",
    re.IGNORECASE,
)
_KEPT = re.compile(
    r"^\W*(?:existing|previous|original|unchanged|remaining|same)\s+(?:code|methods?|functions?|implementation|imports?|content)\W*$",
    re.IGNORECASE,
)
_PROBE = "import sys; print('%d.%d' % sys.version_info[:2])"
_CHECK = """
import sys
try:
    compile(open(sys.argv[1], 'rb').read(), sys.argv[1], 'exec', 0, True, 0)
except SyntaxError as error:
    print(error.lineno or 1, error.msg)
    sys.exit(1)
"""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the gate says: reasons to refuse (empty: it may pass) and things to mention."""

    refusals: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Gate:
    """Checks candidate bytes; keeps a worker for parsing."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._worker = Worker(runner, "tools.edit.syntax", SECONDS)

    def check(self, path: PurePath, old: bytes | None, new: bytes) -> Ruling:
        """Judge `new` as the next content of `path`, whose present content is `old` (None: there is no file yet)."""
        before, after = old or b"", new
        refusals = _textual(before, after)
        grammars = grammars_of(path)
        if not grammars:
            return Ruling(tuple(refusals))
        if len(after) > MAX_BYTES:
            size = f"{len(after) / (1 << 20):.1f} MB"
            return Ruling(tuple(refusals), (f"syntax not checked: the file is large ({size})",))
        try:
            errors = self._errors(path, grammars, before, after)
        except WorkerLostError as lost:
            return Ruling(tuple(refusals), (f"syntax not checked: {lost}",))
        lines = [text.body(line) for line in text.split_lines(text.decode(after).content)]
        return Ruling((*refusals, *(_described(line, message, lines) for line, message in errors)))

    def _errors(self, path: PurePath, grammars: tuple[str, ...], old: bytes, new: bytes) -> list[tuple[int, str]]:
        """New syntax errors as (line, message).

        Raises:
            WorkerLostError: the parser hung or crashed.
        """
        if "python" in grammars and (judge := self._project_python) is not None:
            error = self._project_error(judge, new)
            if error is None or self._project_error(judge, old) is None:
                return [error] if error else []
        answer, _ = self._worker.ask({"grammars": grammars}, [old, new])
        return [(int(line), str(message)) for line, message in answer["errors"]]

    @functools.cached_property
    def _project_python(self) -> str | None:
        """The image's own Python where its version is not ours, since it knows other syntax; else None."""
        found = shutil.which("python3", path=self._runner.env.get("PATH"))
        if found is None or found == sys.executable:
            return None
        done = self._runner.run([found, "-I", "-S", "-c", _PROBE], timeout=5, spill=False)
        said = done.output.head.decode("ascii", "replace").strip()
        ours = f"{sys.version_info[0]}.{sys.version_info[1]}"
        return found if done.exit_code == 0 and said.startswith("3.") and said != ours else None

    def _project_error(self, python: str, data: bytes) -> tuple[int, str] | None:
        """Line and message of the first error that the image's own Python finds; None where it compiles."""
        with tempfile.NamedTemporaryFile(suffix=".py") as file:
            file.write(data)
            file.flush()
            command = [python, "-I", "-S", "-B", "-W", "ignore", "-c", _CHECK, file.name]
            done = self._runner.run(command, timeout=SECONDS, spill=False)
        if done.exit_code == 0:
            return None
        line, _, message = done.output.text().strip().partition(" ")
        return (int(line), message) if line.isdigit() else (1, f"{python} cannot compile it")


def _described(line: int, message: str, lines: list[str]) -> str:
    shown = f": {lines[line - 1].strip()[:120]}" if 0 < line <= len(lines) else ""
    return f"line {line}: {message}{shown}"


def _textual(old: bytes, new: bytes) -> list[str]:
    """Refusals that need no parser: lines that are new and should never be written."""
    before, after = text.decode(old).content, text.decode(new).content
    refusals = []
    known = Counter(match[0] for match in _CONFLICT.finditer(before))
    for match in _CONFLICT.finditer(after):
        known[match[0]] -= 1
        if known[match[0]] < 0:
            refusals.append(f"line {text.line_of(after, match.start())}: a conflict marker: {match[0][:60]}")
            break
    present = Counter(line.strip() for line in before.split("\n"))
    for match in _ELIDED.finditer(after):
        line = match[0].strip()
        if present[line] or not is_elision(line):
            continue
        refusals.append(f"line {text.line_of(after, match.start())}: code left out instead of written: {line[:80]}")
        break
    return refusals


def is_elision(line: str) -> bool:
    """Whether a comment line stands for code that was left out, such as ``# ... existing code ...``."""
    match = _ELIDED.match(line)
    if match is None:
        return False
    words = match["words"]
    return bool(_REST.match(words) or (_KEPT.match(words) and ("..." in line or "…" in line)))
