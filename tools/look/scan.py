"""The searcher for sandboxes without ripgrep; a program of its own, since a bad pattern can only be killed.

Prints what ripgrep prints with ``--null``: ``path NUL line:text``, and ``path NUL line-text`` for lines of context.
Exit status 0 found, 1 nothing, 2 bad pattern or glob; plus `UNREADABLE` where a place could not be read, plus
`NO_FILE` where no file fits the globs.
"""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.look.finding import BINARY
from tools.look.globs import Glob, compile_glob, verdict
from tools.look.ignored import Ignored

UNREADABLE = 4
NO_FILE = 8
_BIGGEST = 16 << 20
_LONGEST = 2000
_POSIX = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "ascii": r"\x00-\x7f",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\s",
    "upper": "A-Z",
    "word": r"\w",
    "xdigit": "0-9A-Fa-f",
    "^digit": r"\D",
    "^space": r"\S",
    "^word": r"\W",
}


def main() -> None:
    """Read the options and search."""
    at = sys.argv.index("--")
    options = [tuple(arg[2:].split("=", 1)) for arg in sys.argv[1:at]]
    numbers = {name: int(value) for name, value in options if name != "glob"}
    pattern, where = sys.argv[at + 1 :]
    try:
        wanted = _compile(pattern, bool(numbers["literal"]), bool(numbers["ignore-case"]))
        globs = [compile_glob(value) for name, value in options if name == "glob"]
    except (re.error, OverflowError, RecursionError, ValueError) as error:
        sys.stdout.write(f"error: {error}\n")
        raise SystemExit(2) from None
    raise SystemExit(_Scan(wanted, globs, numbers["max"], numbers["context"]).run(Path(where)))


def _compile(pattern: str, literal: bool, ignore_case: bool) -> re.Pattern[str]:
    warnings.simplefilter("ignore")
    return re.compile(re.escape(pattern) if literal else _posix(pattern), re.IGNORECASE if ignore_case else 0)


def _posix(pattern: str) -> str:
    """`pattern` with classes such as ``[[:alpha:]]`` in Python's words."""

    def words(inside: re.Match[str]) -> str:
        if inside[1] not in _POSIX:
            raise ValueError(f"the class [:{inside[1]}:] is not known here")
        return _POSIX[inside[1]]

    def bracket(found: re.Match[str]) -> str:
        return found[0] if found[0].startswith("\\") else re.sub(r"\[:(\^?\w+):\]", words, found[0])

    return re.sub(r"\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]", bracket, pattern, flags=re.S)


class _Scan:
    """One search: how many lines are still wanted, and what was met on the way."""

    def __init__(self, wanted: re.Pattern[str], globs: Sequence[Glob], most: int, context: int) -> None:
        self._wanted, self._globs, self._left, self._context = wanted, globs, most, context
        self._only = any(glob.wanted for glob in globs)
        self._found = self._unreadable = self._fitting = False

    def run(self, where: Path) -> int:
        """Search `where`; the exit status."""
        alone = where.is_file()
        for path in [str(where)] if alone else self._files(where):
            self._fitting = True
            self._search(path, alone)
            if not self._left:
                break
        nowhere = bool(self._globs) and not self._fitting
        return int(not self._found) + UNREADABLE * self._unreadable + NO_FILE * nowhere

    def _files(self, where: Path) -> Iterator[str]:
        """All files below `where` that nothing leaves out, in the order of their paths."""
        stack: list[tuple[str, bool, Ignored]] = [(str(where), True, Ignored.at(where))]
        while stack:
            path, folder, rules = stack.pop()
            if not folder:
                yield path
                continue
            try:
                with os.scandir(path) as entries:
                    inside = sorted(entries, key=lambda entry: entry.name, reverse=True)
            except OSError:
                self._unreadable = True
                continue
            for entry in inside:
                deeper = entry.is_dir(follow_symlinks=False)
                plain = deeper or entry.is_file(follow_symlinks=False)
                if plain and self._takes(entry, deeper, rules):
                    stack.append((entry.path, deeper, rules.inside(entry.name) if deeper else rules))

    def _takes(self, entry: os.DirEntry[str], folder: bool, rules: Ignored) -> bool:
        """Whether `entry` is searched: the globs, which are relative to the workspace, go before ignore files."""
        if entry.name == ".git":
            return False
        said = verdict(self._globs, os.path.relpath(entry.path), folder) if self._globs else None
        if said is not None:
            return said
        return (folder or not self._only) and not rules.ignores(entry.name, folder)

    def _search(self, path: str, alone: bool) -> None:
        try:
            if os.path.getsize(path) > _BIGGEST:  # noqa: PTH202
                return
            data = Path(path).read_bytes()
        except OSError:
            self._unreadable = True
            return
        text = _text(data)
        if text is None:
            if alone and any(map(self._wanted.search, data.decode("utf-8", "surrogateescape").split("\n"))):
                sys.stdout.write(f"{BINARY}\n")
            return
        lines = text.split("\n")
        if not lines[-1]:
            lines.pop()
        hits = [at for at, line in enumerate(lines) if self._wanted.search(line.removesuffix("\r"))][: self._left]
        self._left -= len(hits)
        self._found = self._found or bool(hits)
        _write(path, lines, hits, self._context)


def _text(data: bytes) -> str | None:
    """The text of a file, or None where it holds none."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    return None if b"\0" in data else data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")


def _write(path: str, lines: Sequence[str], hits: Sequence[int], context: int) -> None:
    out = sys.stdout.buffer
    name, matched = os.fsencode(path), set(hits)
    shown = {at + near for at in hits for near in range(-context, context + 1) if 0 <= at + near < len(lines)}
    before = None
    for at in sorted(shown):
        if context and at - 1 != before:
            out.write(b"--\n")
        before = at
        mark = b":" if at in matched else b"-"
        line = lines[at][:_LONGEST].encode("utf-8", "surrogateescape")
        out.write(b"%b\0%d%b%b\n" % (name, at + 1, mark, line))


if __name__ == "__main__":
    main()
