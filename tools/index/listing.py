"""Lists the files of a workspace that the index cares for: what git tracks or would track, else a plain walk."""

from __future__ import annotations

import os
from pathlib import Path

from tools.index.git import git
from tools.index.languages import of_path
from tools.process import Runner

SKIP = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        "node_modules",
        "__pycache__",
        ".venv",
        "venv",
        ".tox",
        ".nox",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        ".idea",
        ".vscode",
        "bower_components",
    }
)
"""Folders that hold no source of the project, whatever git says."""
_MOST = 200_000

_LIST = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"]


def paths(runner: Runner) -> list[str]:
    """Sorted paths, relative with ``/``, of the files that have a language. Bytes that are not UTF-8 are surrogates."""
    out = git(runner, _LIST)
    if out is None:
        found = _walk(runner.workspace)
    else:
        found = [name for name in out.decode("utf-8", "surrogateescape").split("\0") if name]
    return sorted(path for path in found if wanted(path))[:_MOST]


def wanted(path: str) -> bool:
    """Whether a file of this path belongs into the index, by its name alone."""
    return not SKIP.intersection(path.split("/")) and (of_path(path) is not None or _maybe_script(path))


def _maybe_script(path: str) -> bool:
    name = path.rpartition("/")[2]
    return "." not in name and name.islower() and any(part in ("bin", "scripts", "tools") for part in path.split("/"))


def _walk(workspace: Path) -> list[str]:
    found: list[str] = []
    root = str(workspace)
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in SKIP]
        below = os.path.relpath(folder, root)
        prefix = "" if below == "." else below + "/"
        found += [prefix + name for name in files]
        if len(found) > _MOST:
            break
    return found
