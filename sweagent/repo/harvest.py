"""The harvest: what an agent changed in its workspace, read as inert bytes without following a link or running git.

An overlay's upper folder holds exactly the changes: new contents as files, deletions as whiteouts (character devices
0:0), replaced folders marked opaque. A copied workspace is compared with the base tree instead. Both give the same
answer as `git add -A` would for the same tree, less what the base's ignore rules and `JUNK` leave out.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field

from pathspec import GitIgnoreSpec

from sandboxes.contract import OverlayWorkspace, Workspace
from sweagent.core.errors import RepoError
from sweagent.repo.change import Change
from sweagent.repo.tree import EXECUTABLE, FILE, LINK, MAX_DEPTH, SUBMODULE, Entry, Tree, is_git_folder, parents

MAX_FILES = 5_000
MAX_BYTES = 128 << 20
MAX_VISITED = 500_000
OPAQUE, REDIRECT, METACOPY = "trusted.overlay.opaque", "trusted.overlay.redirect", "trusted.overlay.metacopy"

JUNK = GitIgnoreSpec.from_lines(
    """
__pycache__/
*.py[cod]
.pytest_cache/
.mypy_cache/
.ruff_cache/
.hypothesis/
.tox/
.nox/
.venv/
node_modules/
*.egg-info/
.coverage
.coverage.*
.DS_Store
core.[0-9]*
.edit-*.partial
.sweagent-index.db
""".strip().split("\n")
)
"""What test runs and tools leave behind; never part of a change unless the base already tracks it."""


@dataclass(slots=True)
class Harvest:
    """The changes of a workspace, in path order, and what was left out and why (for people)."""

    changes: list[Change]
    left_out: list[str] = field(default_factory=list)


async def harvest(workspace: Workspace, base: Tree, ignore: GitIgnoreSpec | None = None) -> Harvest:
    """Read what changed in `workspace` since `base`; `ignore` holds the base's own ignore rules.

    Raises:
        RepoError: more than MAX_FILES files or MAX_BYTES bytes changed, folders too deep, or the overlay holds what it
            must not.
    """
    try:
        return await asyncio.to_thread(_Harvester(base, ignore or GitIgnoreSpec([])).run, workspace)
    except OSError as error:  # a name too long, a folder that cannot be read: the agent's doing, not a fault of ours
        raise RepoError(f"the workspace cannot be read: {error.strerror}") from error


class _Harvester:
    def __init__(self, base: Tree, ignore: GitIgnoreSpec) -> None:
        self.base = base
        self.folders = {parent for path in base for parent in parents(path)}
        self.ignore = ignore
        self.sha256 = any(len(entry.oid) == 64 for entry in base.values())
        self.seen: dict[bytes, Change] = {}
        self.deleted: set[bytes] = set()
        self.left_out: list[str] = []
        self.bytes = 0
        self.visited = 0

    def run(self, workspace: Workspace) -> Harvest:
        if isinstance(workspace, OverlayWorkspace):
            self._walk(os.fsencode(workspace.upper), b"", overlay=True)
        else:
            present = self._walk(os.fsencode(workspace.root), b"", overlay=False)
            self.deleted |= {p for p, e in self.base.items() if e.mode != SUBMODULE and p not in present}
        gone = [Change(p, data=None) for p in self.deleted if p in self.base and p not in self.seen]
        changes = sorted([*self.seen.values(), *gone], key=lambda change: change.path)
        if len(changes) > MAX_FILES:
            raise RepoError(f"{len(changes)} files changed, more than the {MAX_FILES} that one patch may hold")
        return Harvest(changes, self.left_out)

    def _walk(self, root: bytes, start: bytes, *, overlay: bool) -> set[bytes]:
        """Visit every entry below `root` with a stack of our own (hostile trees can be deep); the paths met."""
        present: set[bytes] = set()
        stack = [start]
        while stack:
            folder = stack.pop()
            for item in _entries(os.path.join(root, folder) if folder else root):
                path = os.path.join(folder, item.name) if folder else item.name
                self.visited += 1
                if self.visited > MAX_VISITED:
                    raise RepoError(f"the workspace holds more than {MAX_VISITED} files")
                if path.count(b"/") >= MAX_DEPTH:
                    raise RepoError(f"the workspace holds folders more than {MAX_DEPTH} deep")
                if is_git_folder(item.name):
                    if folder:
                        self.left_out.append(f"{_show(path)}: a repository inside the repository")
                    continue
                present.add(path)
                info = item.stat(follow_symlinks=False)
                if stat.S_ISDIR(info.st_mode):
                    if self._enter(item.path, path, overlay):
                        stack.append(path)
                else:
                    self._file(item.path, path, info, overlay)
        return present

    def _enter(self, where: bytes, path: bytes, overlay: bool) -> bool:
        """Note what a folder hides, and say whether to look inside it."""
        entry = self.base.get(path)
        if entry is not None and entry.mode == SUBMODULE:
            return False
        if entry is not None:  # a file or link became a folder
            self.deleted.add(path)
        if overlay:
            marks = os.listxattr(where, follow_symlinks=False)
            if REDIRECT in marks:
                raise RepoError(f"the overlay redirects {_show(path)}: the sandbox was mounted with redirect_dir on")
            if OPAQUE in marks:
                self._delete_below(path)
        tracked = path in self.folders
        if not tracked and self._ignored(path + b"/"):
            self.left_out.append(f"{_show(path)}/: ignored")
            return False
        return True

    def _delete_below(self, path: bytes) -> None:
        prefix = path + b"/"
        self.deleted |= {p for p in self.base if p.startswith(prefix)}

    def _file(self, where: bytes, path: bytes, info: os.stat_result, overlay: bool) -> None:
        if overlay and stat.S_ISCHR(info.st_mode) and info.st_rdev == 0:
            self.deleted.add(path)
            if path in self.folders:
                self._delete_below(path)
            return
        if path in self.folders:  # a folder became a file
            self._delete_below(path)
        known = self.base.get(path)
        if stat.S_ISLNK(info.st_mode):
            mode, data = LINK, os.readlink(where)
        elif stat.S_ISREG(info.st_mode):
            if known is None and self._ignored(path):
                self.left_out.append(f"{_show(path)}: ignored")
                return
            mode = EXECUTABLE if info.st_mode & 0o100 else FILE
            if info.st_size > MAX_BYTES and known is not None and self._same_large(where, info, known):
                return
            data = self._read(where, path, overlay)
        else:
            self.left_out.append(f"{_show(path)}: neither a file, a folder nor a link")
            return
        if known is not None and known.mode == mode and known.oid == self._oid(data):
            return
        self._count(len(data))
        self.seen[path] = Change(path, mode, data)

    def _read(self, where: bytes, path: bytes, overlay: bool) -> bytes:
        descriptor = os.open(where, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if overlay and METACOPY in os.listxattr(descriptor):
                raise RepoError(f"the overlay holds {_show(path)} without its contents: mounted with metacopy on")
            return file.read(MAX_BYTES + 1)  # one byte over the bound is enough to be refused by `_count`

    def _same_large(self, where: bytes, info: os.stat_result, known: Entry) -> bool:
        """Whether a file too large for memory is the one of the base, by a hash of its stream.

        One of another size is not, and is not read: a hole of gigabytes costs an agent nothing.
        """
        if info.st_size != known.size:
            return False
        digest = self._hash(b"blob %d\0" % info.st_size)
        descriptor = os.open(where, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
        return digest.hexdigest() == known.oid

    def _count(self, size: int) -> None:
        self.bytes += size
        if self.bytes > MAX_BYTES:
            raise RepoError(f"the changes are larger than the {MAX_BYTES >> 20} MiB that one patch may hold")

    def _oid(self, data: bytes) -> str:
        digest = self._hash(b"blob %d\0" % len(data))
        digest.update(data)
        return digest.hexdigest()

    def _hash(self, start: bytes) -> hashlib._Hash:
        return hashlib.sha256(start) if self.sha256 else hashlib.sha1(start, usedforsecurity=False)

    def _ignored(self, path: bytes) -> bool:
        text = os.fsdecode(path)
        return JUNK.match_file(text) or self.ignore.match_file(text)


def _entries(folder: bytes) -> Iterator[os.DirEntry[bytes]]:
    with os.scandir(folder) as entries:
        yield from sorted(entries, key=lambda entry: entry.name)


def _show(path: bytes) -> str:
    return path.decode("utf-8", "replace")


def ignore_rules(files: dict[str, str]) -> GitIgnoreSpec:
    """One rule set from the `.gitignore` files of a base tree: folder ("" for the root) → text of its file."""
    lines: list[str] = []
    for folder in sorted(files, key=lambda name: name.count("/")):
        lines += [_anchored(line, folder) for line in files[folder].split("\n")]
    return GitIgnoreSpec.from_lines(lines)


def _anchored(line: str, folder: str) -> str:
    """A rule of `folder`'s file as a rule of the root's."""
    if not folder or not line.strip() or line.startswith("#"):
        return line
    sign, rule = ("!", line[1:]) if line.startswith("!") else ("", line)
    anchored = "/" in rule.rstrip("/ ")
    return f"{sign}/{folder}/{rule.lstrip('/')}" if anchored else f"{sign}/{folder}/**/{rule}"


__all__ = ["Entry", "Harvest", "harvest", "ignore_rules"]
