"""Show a candidate as a diff, and write its edits into a file of the workspace in one step."""

from __future__ import annotations

import contextlib
import difflib
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from tools.repair.candidate import Candidate, splice


def as_diff(candidate: Candidate, sources: Mapping[str, bytes]) -> str:
    """The candidate as a unified diff against `sources`."""
    parts: list[str] = []
    for path, edits in candidate.by_file().items():
        old = sources[path].decode("utf-8", "replace").splitlines(True)
        new = splice(sources[path], edits).decode("utf-8", "replace").splitlines(True)
        parts += difflib.unified_diff(old, new, f"a/{path}", f"b/{path}", n=2)
    return "".join(line if line.endswith("\n") else line + "\n" for line in parts)


def replace_in(workspace: Path, path: str, known: bytes, edits: Iterable[tuple[int, int, bytes]]) -> None:
    """Write `edits` into the file at `path`, whose content must be `known`; mode and freshness of bytecode are minded.

    Raises:
        OSError: it is no plain file of the workspace, changed since it was read, or cannot be written.
    """
    full = workspace / path
    if full.is_symlink() or not full.resolve().is_relative_to(workspace):
        raise OSError(f"{path} is not a plain file of the workspace")
    if full.read_bytes() != known:
        raise OSError(f"{path} changed since it was read")
    before = full.stat()
    handle, name = tempfile.mkstemp(dir=full.parent, prefix=".repair-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(splice(known, edits))
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(before.st_mode & 0o7777)
        if int(Path(name).stat().st_mtime) == int(before.st_mtime):
            # Bytecode is told apart by whole seconds and size: never let the old one pass for the new.
            os.utime(name, (before.st_atime, before.st_mtime + 2))
        Path(name).replace(full)
    except OSError:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
