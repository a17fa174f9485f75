"""The searcher for sandboxes without ripgrep; a program of its own, since a bad pattern can only be killed.

Prints ``path NUL line:text``, as ripgrep does with ``--null``. Exit status 0 found, 1 nothing, 2 bad pattern.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

_CLOSED = frozenset({".git", "node_modules", "__pycache__", ".venv", ".tox", ".mypy_cache", ".pytest_cache"})
_BIGGEST = 16 << 20


def main() -> None:
    """Read the options and search."""
    options = dict(arg[2:].split("=", 1) for arg in sys.argv[1 : sys.argv.index("--")])
    pattern, where = sys.argv[sys.argv.index("--") + 1 :]
    source = re.escape(pattern) if options["literal"] == "1" else pattern
    try:
        wanted = re.compile(os.fsencode(source), re.IGNORECASE if options["ignore-case"] == "1" else 0)
    except (re.error, OverflowError, RecursionError) as error:
        sys.stdout.write(f"bad pattern: {error}\n")
        raise SystemExit(2) from None
    left = int(options["max"])
    for path in _files(Path(where), options["glob"]):
        for number, line in _matches(path, wanted):
            sys.stdout.buffer.write(os.fsencode(path) + b"\0%d:" % number + line[:2000] + b"\n")
            left -= 1
            if not left:
                return
    raise SystemExit(0 if left < int(options["max"]) else 1)


def _files(where: Path, glob: str) -> Iterator[Path]:
    if where.is_file():
        yield where
        return
    for folder, folders, names in os.walk(where):
        folders[:] = sorted(name for name in folders if name not in _CLOSED)
        for name in sorted(names):
            path = Path(folder, name)
            relative = str(path.relative_to(where))
            if not glob or fnmatch(name, glob) or fnmatch(relative, glob.removeprefix("**/")):
                yield path


def _matches(path: Path, wanted: re.Pattern[bytes]) -> Iterator[tuple[int, bytes]]:
    try:
        if not path.is_file() or path.is_symlink() or path.stat().st_size > _BIGGEST:
            return
        data = path.read_bytes()
    except OSError:
        return
    if b"\0" in data[:8000]:
        return
    for number, line in enumerate(data.split(b"\n"), 1):
        if wanted.search(line):
            yield number, line


if __name__ == "__main__":
    main()
