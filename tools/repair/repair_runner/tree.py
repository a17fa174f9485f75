"""A private copy of the workspace that is put back as it was after every candidate."""

# Runs under Python 3.8 too, and asks the system in the cheapest way.
# ruff: noqa: PTH101, PTH103, PTH108, PTH112, PTH114, PTH118, PTH123, UP031

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Sequence

Mark = tuple[int, int, int]
SKIPPED = frozenset(
    [".git", ".hg", ".svn", "node_modules", "__pycache__", ".tox", ".nox", ".mypy_cache", ".ruff_cache"]
)
"""Folders that no copy carries."""


def scan(root: str) -> dict[str, Mark]:
    """Every file, link and folder below `root` with its mode, size and time of change; links are not followed."""
    found: dict[str, Mark] = {}
    stack = [root]
    while stack:
        folder = stack.pop()
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if entry.name in SKIPPED:
                    continue
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    found[entry.path] = (status.st_mode, 0, 0)
                    stack.append(entry.path)
                else:
                    found[entry.path] = (status.st_mode, status.st_size, status.st_mtime_ns)
    return found


class Tree:
    """The copy at `root` of the workspace at `origin`."""

    def __init__(self, root: str, origin: str) -> None:
        self._root, self._origin = root, origin
        self._marks = scan(root)
        self._stamp = 0

    @property
    def size(self) -> int:
        """How many entries a restore has to look at."""
        return len(self._marks)

    def edit(self, path: str, edits: Sequence[tuple[int, int, bytes]]) -> None:
        """Write `edits` (byte spans of the original) into the file at `path`, at a time that no stale bytecode has."""
        full = os.path.join(self._root, path)
        if os.path.islink(full) or not os.path.realpath(full).startswith(os.path.realpath(self._root) + os.sep):
            raise ValueError("not a file of the copy: %s" % path)
        with open(os.path.join(self._origin, path), "rb") as file:
            data = file.read()
        for start, end, new in sorted(edits, reverse=True):
            data = data[:start] + new + data[end:]
        with open(full, "wb") as file:
            file.write(data)
        self._stamp += 2
        moment = self._marks[full][2] + self._stamp * 1_000_000_000
        os.utime(full, ns=(moment, moment))

    def restore(self) -> int:
        """Undo every change below the root; how many entries had changed."""
        os.makedirs(self._root, exist_ok=True)
        now = scan(self._root)
        changed = 0
        for path in sorted(set(now) - set(self._marks), key=len, reverse=True):
            changed += 1
            with contextlib.suppress(OSError):
                shutil.rmtree(path) if stat.S_ISDIR(now[path][0]) else os.unlink(path)
        for path, mark in sorted(self._marks.items(), key=lambda pair: len(pair[0])):
            if now.get(path) != mark:
                changed += 1
                with contextlib.suppress(OSError):
                    self._put_back(path, mark, path in now)
        return changed

    def _put_back(self, path: str, mark: Mark, there: bool) -> None:
        origin = self._origin + path[len(self._root) :]
        if stat.S_ISDIR(mark[0]):
            if there and not os.path.isdir(path):
                os.unlink(path)
            os.makedirs(path, exist_ok=True)
            os.chmod(path, stat.S_IMODE(mark[0]) | 0o700)
            return
        if there:
            shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)
        shutil.copy2(origin, path, follow_symlinks=False)
