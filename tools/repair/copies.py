"""Private copies of a workspace: small files are copied, big ones linked and watched, what no test needs left out."""

from __future__ import annotations

import shutil
from pathlib import Path

from tools.repair.repair_runner.tree import SKIPPED

MAX_COPY = 1 << 30
BIG = 16 << 20
"""Bytes from which a file is linked instead of copied."""


def copy_tree(source: Path, target: Path) -> dict[Path, tuple[int, int]]:
    """Copy a workspace, links as links; the big files that were linked instead, with their size and time of change.

    A test that writes into a big file writes into the workspace: whoever keeps a patch asks `unchanged` first.

    Raises:
        OSError: it cannot be read or its small files are more than `MAX_COPY` bytes.
    """
    total = 0
    linked: dict[Path, tuple[int, int]] = {}

    def skip(folder: str, names: list[str]) -> set[str]:
        nonlocal total
        left = {name for name in names if name in SKIPPED}
        for name in names:
            path = Path(folder, name)
            if name in left or path.is_symlink() or path.is_dir():
                continue
            if not path.is_file():
                left.add(name)  # sockets, pipes, devices
            elif path.stat().st_size >= BIG:
                left.add(name)
                linked[path] = _mark(path)
            else:
                total += path.stat().st_size
        if total > MAX_COPY:
            raise OSError(f"the workspace holds more than {MAX_COPY >> 20} MiB in small files")
        return left

    shutil.copytree(source, target, symlinks=True, ignore=skip)
    for path in linked:
        (target / path.relative_to(source)).symlink_to(path)
    return linked


def unchanged(linked: dict[Path, tuple[int, int]]) -> bool:
    """Whether the linked files are as they were."""
    try:
        return all(_mark(path) == mark for path, mark in linked.items())
    except OSError:
        return False


def _mark(path: Path) -> tuple[int, int]:
    status = path.lstat()
    return status.st_size, status.st_mtime_ns
