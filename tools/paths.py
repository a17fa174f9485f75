"""Turns the paths that models write into real ones, and keeps writes inside the workspace."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path

from tools.registry import ToolFailure

_LONGEST_NAME = 255
_LONGEST_PATH = 4095
"""What Linux allows."""


def readable(workspace: Path, given: str) -> Path:
    """The absolute path meant by `given`. Reading is free everywhere in the sandbox.

    Raises:
        ToolFailure: empty, holds a NUL, or longer than file systems allow.
    """
    if not given.strip() or "\0" in given:
        raise ToolFailure("a path cannot hold a NUL byte" if given.strip() else "the path is empty")
    if any(len(os.fsencode(part)) > _LONGEST_NAME for part in given.split("/")):
        raise ToolFailure(f"{given[:60]}…: a name in this path is longer than {_LONGEST_NAME} bytes")
    if len(os.fsencode(given)) > _LONGEST_PATH:
        raise ToolFailure(f"{given[:60]}…: this path is longer than {_LONGEST_PATH} bytes")
    path = Path(given.removeprefix("file://"))
    if given.startswith("~"):
        path = Path(os.path.expanduser(given))  # noqa: PTH111  (`Path.expanduser` raises where there is no home)
    return path if path.is_absolute() else workspace / path


def writable(workspace: Path, given: str) -> Path:
    """The resolved path of a file that a tool may write; it need not exist.

    Links inside the workspace are followed, so that the link stays and its target changes.

    Raises:
        ToolFailure: outside the workspace, in `.git`, through a link that leaves, or not a plain file.
    """
    path = readable(workspace, given)
    root = Path(os.path.realpath(workspace))
    try:
        real = Path(os.path.realpath(path))
    except (OSError, ValueError) as error:
        raise ToolFailure(f"{given}: {error}") from None
    shown = shown_path(workspace, path)
    if given.rpartition("/")[2] in ("", ".", ".."):
        raise ToolFailure(f"{given} cannot be written: it is the name of a folder")
    if not real.is_relative_to(root) or real == root:
        why = "a link leads out of the workspace" if _looks_inside(workspace, path) else "it is outside the workspace"
        raise ToolFailure(f"{shown} cannot be written: {why} ({root})")
    if any(part.lower() == ".git" for part in real.relative_to(root).parts):
        raise ToolFailure(f"{shown} cannot be written: .git belongs to git")
    if real.is_symlink():
        raise ToolFailure(f"{shown} cannot be written: the link goes in a circle")
    if real.exists() and not real.is_file():
        kind = "a folder" if real.is_dir() else "not a plain file"
        raise ToolFailure(f"{shown} cannot be written: it is {kind}")
    return real


def shown_path(workspace: Path, path: Path) -> str:
    """`path` as people read it: relative to the workspace where it is inside."""
    normal = Path(os.path.normpath(path))
    for root in (workspace, Path(os.path.realpath(workspace))):
        if normal.is_relative_to(root):
            return str(normal.relative_to(root))
    return str(normal)


def missing(workspace: Path, given: str, path: Path) -> ToolFailure:
    """The failure for a path that does not exist, naming what is near."""
    parent = path.parent
    while not parent.is_dir() and parent != parent.parent:
        parent = parent.parent
    try:
        names = sorted(os.listdir(parent))[:5000]  # noqa: PTH208
    except OSError:
        names = []
    wanted = path.relative_to(parent).parts[0] if path != parent else path.name
    near = get_close_matches(wanted, names, n=3, cutoff=0.5)
    hint = f" Near it: {', '.join(shown_path(workspace, parent / name) for name in near)}." if near else ""
    return ToolFailure(f"{given} does not exist (the workspace is {workspace}).{hint}")


def _looks_inside(workspace: Path, path: Path) -> bool:
    return Path(os.path.normpath(path)).is_relative_to(workspace)
