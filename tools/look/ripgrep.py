"""Searches with ripgrep: one pass over everything that only counts, then one over the files whose lines are shown.

Counting in parallel is as fast as ripgrep can be; ripgrep's own sorting is not, and lines that nobody will see would
have to be printed, read and thrown away.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.look.finding import BINARY, Finding, Line, read_lines
from tools.process import Finished

_COUNT = re.compile(rb"([^\0]+)\0(\d+)\r?\n")  # with --crlf, ripgrep itself ends lines so
_NAMES = 500_000
"""Bytes of file names that one command line takes."""
_NEEDS_PCRE = re.compile(r"look-around|backreferences")

Run = Callable[[Sequence[str]], Finished]


class NoPcreError(Exception):
    """The pattern needs look-around or backreferences, and this ripgrep was built without PCRE2."""


@dataclass(frozen=True, slots=True)
class Ripgrep:
    """Searches for one pattern. `program` are the words that start ripgrep, `run` runs a command."""

    program: Sequence[str]
    options: Sequence[str]
    globs: Sequence[str]
    run: Run

    def find(self, where: Path, most: int, context: int) -> Finding:
        """At least `most` matching lines of `where` if there are so many, and the count of all.

        Raises:
            NoPcreError: another searcher has to do it.
        """
        finding = self._in_file(where, most, context) if where.is_file() else self._in_folder(where, most, context)
        if not _NEEDS_PCRE.search(finding.complaint):
            return finding
        if "--pcre2" in self.options:
            return finding
        other = Ripgrep(self.program, [*self.options, "--pcre2"], self.globs, self.run).find(where, most, context)
        if "PCRE2 is not available" in other.complaint:
            raise NoPcreError
        return other

    def _in_file(self, where: Path, most: int, context: int) -> Finding:
        finding = self._lines([os.fsencode(where)], most + 1, context)
        found = sum(line.matches for line in finding.lines)
        finding.total = found
        if found > most:
            counted = self._counts(where)[0]
            finding.total = max(found, *(number for _, number in counted)) if counted else None
        return finding

    def _in_folder(self, where: Path, most: int, context: int) -> Finding:
        counts, finding = self._counts(where)
        if not counts:
            finding.no_file = not finding.complaint and bool(self.globs) and not self._any_file(where)
            return finding
        total = sum(number for _, number in counts)
        shown = self._lines(_first(counts, most), most, context)
        shown.total = total
        shown.stopped |= finding.stopped
        shown.unreadable |= finding.unreadable
        return shown

    def _counts(self, where: Path) -> tuple[list[tuple[bytes, int]], Finding]:
        """How many lines of each file match, in the order of paths; and what went wrong."""
        done = self.run([*self._words("--count", "--with-filename"), "--", str(where)])
        counts = [(match[1], int(match[2])) for match in _COUNT.finditer(done.output.head)]
        counts.sort(key=lambda pair: pair[0].split(b"/"))
        said = "" if counts else done.output.head.decode("utf-8", "replace").strip()
        return counts, _outcome(done, [], said)

    def _lines(self, paths: Sequence[bytes], most: int, context: int) -> Finding:
        words = self._words("--line-number", "--with-filename", "--no-heading", "--threads=1", f"--max-count={most}")
        around = [f"--context={context}"] if context else []
        done = self.run([*words, *around, "--", *map(os.fsdecode, paths)])
        lines, said = read_lines(done.output.head)
        return _outcome(done, lines, said)

    def _any_file(self, where: Path) -> bool:
        words = [*self.program, "--no-config", "--no-messages", "--hidden", *self._globs(), "--files", "--quiet"]
        return self.run([*words, "--", str(where)]).exit_code != 1

    def _words(self, *more: str) -> list[str]:
        fixed = ["--no-config", "--no-messages", "--null", "--color=never", "--hidden"]
        return [*self.program, *fixed, *self._globs(), *more, *self.options]

    def _globs(self) -> list[str]:
        return [f"--glob={glob}" for glob in (*self.globs, "!.git")]  # the last that fits decides


def _first(counts: Sequence[tuple[bytes, int]], most: int) -> list[bytes]:
    """The first files that hold `most` matching lines, as far as a command line takes their names."""
    taken: list[bytes] = []
    found = size = 0
    for path, number in counts:
        size += len(path) + 1
        if found >= most or size > _NAMES:
            break
        taken.append(path)
        found += number
    return taken


def _outcome(done: Finished, lines: list[Line], said: str) -> Finding:
    stopped = done.timed_out or done.output.omitted > 0
    unreadable = done.exit_code == 2 and not said
    complaint = said if done.exit_code != 0 or BINARY in said else ""
    return Finding(lines, stopped=stopped, unreadable=unreadable, complaint=complaint)
