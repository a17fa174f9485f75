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
from tools.edit.elision import is_elision
from tools.edit.languages import grammars_of
from tools.process import Runner
from tools.worker import Worker, WorkerLostError

MAX_BYTES = 2 << 20
SECONDS = 5.0
_CONFLICT = re.compile(r"^(?P<sign><{7}|>{7}|\|{7})(?:[ \t].*|\r)?$", re.MULTILINE)
_PROSE = frozenset({".adoc", ".eml", ".markdown", ".md", ".mdx", ".mkd", ".qmd", ".rmd", ".rst"})
"""Files in which ``>>>>>>>`` may quote, and ``#`` is no comment."""
_PROBE = "import sys; print('%d.%d' % sys.version_info[:2])"
_CHECK = """
import sys
try:
    compile(open(sys.argv[1], 'rb').read(), sys.argv[1], 'exec', 0, True, 0)
except SyntaxError as error:
    print(error.lineno or 1, error.msg)
    sys.exit(1)
"""
Place = tuple[int, str]
"""A line (from 1) and what is wrong there."""


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
        refusals = _textual(before, after, prose=path.suffix.lower() in _PROSE)
        grammars = grammars_of(path)
        if not grammars:
            return Ruling(tuple(refusals))
        if len(after) > MAX_BYTES:
            size = f"{len(after) / (1 << 20):.1f} MB"
            return Ruling(tuple(refusals), (f"syntax not checked: the file is large ({size})",))
        try:
            errors, doubts = self._errors(grammars, before, after)
        except WorkerLostError as lost:
            return Ruling(tuple(refusals), (f"syntax not checked: {lost}",))
        lines = [text.body(line) for line in text.split_lines(text.decode(after).content)]
        told = [tuple(_described(line, message, lines) for line, message in found) for found in (errors, doubts)]
        return Ruling((*refusals, *told[0]), told[1])

    def _errors(self, grammars: tuple[str, ...], old: bytes, new: bytes) -> tuple[list[Place], list[Place]]:
        """New syntax errors, and what may be one or may be syntax that the grammar does not know.

        Raises:
            WorkerLostError: the parser hung or crashed.
        """
        if "python" in grammars and (judge := self._project_python) is not None:
            error = self._project_error(judge, new)
            if error is None or self._project_error(judge, old) is None:
                return [error] if error else [], []
        answer, _ = self._worker.ask({"grammars": grammars}, [old, new])
        errors, doubts = ([(int(line), str(text)) for line, text in answer[name]] for name in ("errors", "doubts"))
        return errors, doubts

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


def _textual(old: bytes, new: bytes, *, prose: bool) -> list[str]:
    """Refusals that need no parser: lines that are new and should never be written."""
    before, after = text.decode(old).content, text.decode(new).content
    refusals = []
    if (marker := _new_conflict(before, after, prose=prose)) is not None:
        refusals.append(f"line {text.line_of(after, marker.start())}: a conflict marker: {marker[0][:60]}")
    present = {line.strip() for line in before.split("\n")}
    for number, line in enumerate(text.split_lines(after), 1):
        shown = line.strip()
        if shown not in present and is_elision(text.body(line), prose=prose):
            refusals.append(f"line {number}: code left out instead of written: {shown[:80]}")
            break
    return refusals


def _new_conflict(before: str, after: str, *, prose: bool) -> re.Match[str] | None:
    """The first conflict marker that is new. In `prose`, only one that begins a conflict or follows the beginning."""
    known = Counter(match[0] for match in _CONFLICT.finditer(before))
    begun = not prose
    for match in _CONFLICT.finditer(after):
        begun = begun or match["sign"] == "<" * 7
        known[match[0]] -= 1
        if begun and known[match[0]] < 0:
            return match
    return None
