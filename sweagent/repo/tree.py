"""The tree of a commit as plain values: what git says a path is, with no file system in between."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sweagent.core.errors import RepoError
from sweagent.repo.git import Git

FILE, EXECUTABLE, LINK, SUBMODULE = 0o100644, 0o100755, 0o120000, 0o160000


MAX_DEPTH = 200
"""Folders above a file: more than any honest tree has, few enough for code that recurses."""
_MAX_PATH = 3000  # bytes; the system takes 4096, and the tree stands below a folder of ours
_IGNORED_BY_HFS = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One path of a tree: its mode (one of the four above), object id and size in bytes (0 for submodules)."""

    mode: int
    oid: str
    size: int


Tree = Mapping[bytes, Entry]
"""Paths (raw bytes, relative, `/` between parts) → entries; folders are not listed."""


async def read_tree(git: Git, commit: str) -> dict[bytes, Entry]:
    """All files, links and submodules of `commit`.

    Raises:
        RepoError: no such commit, or a path that no checkout may create (`..`, `.git`, an absolute one).
    """
    listing = await git.run("ls-tree", "-r", "-z", "-l", "--full-tree", commit)
    tree: dict[bytes, Entry] = {}
    for row in listing.split(b"\0"):
        if not row:
            continue
        head, path = row.split(b"\t", 1)
        mode, _, oid, size = head.split()
        check_path(path)
        # old repositories hold group-writable and other odd file modes: git itself reads them as plain files
        kind = int(mode, 8)
        kind = kind if kind in (EXECUTABLE, LINK, SUBMODULE) else FILE
        tree[path] = Entry(kind, oid.decode(), 0 if size == b"-" else int(size))
    return tree


def check_path(path: bytes) -> None:
    """Refuse a path that could leave the tree or reach into git's own folder.

    Raises:
        RepoError: the path is hostile.
    """
    parts = path.split(b"/")
    if not path or b"\0" in path or any(part in (b"", b".", b"..") or is_git_folder(part) for part in parts):
        raise RepoError(f"the tree holds a path that must not be checked out: {path!r}")
    if len(parts) > MAX_DEPTH or len(path) > _MAX_PATH:
        raise RepoError(f"the tree holds a path too long or too deep to be checked out: {path[:80]!r}...")


def is_git_folder(name: bytes) -> bool:
    """True for `.git` in any case, and for the spellings that some file systems take for it.

    NTFS drops dots and blanks at the end and what follows a colon, and has short names; HFS+ ignores some characters
    (git's own list, `utf8.c`, is_hfs_dotgit).
    """
    text = _IGNORED_BY_HFS.sub("", name.decode("utf-8", "surrogateescape")).lower()
    lowered = text.split(":", 1)[0].rstrip(". ")
    return lowered in (".git", "git~1")


def parents(path: bytes) -> list[bytes]:
    """Every folder above `path`, outermost first."""
    parts = path.split(b"/")
    return [b"/".join(parts[:count]) for count in range(1, len(parts))]
