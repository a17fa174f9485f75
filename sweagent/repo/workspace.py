"""Workspaces: a folder of its own for each sandbox, as an overlay over a template (milliseconds) or else as a copy."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from sandboxes.contract import CopyWorkspace, OverlayWorkspace, Workspace
from sweagent.core.errors import RepoError
from sweagent.repo.change import Change
from sweagent.repo.removal import remove_tree
from sweagent.repo.tree import EXECUTABLE, LINK, parents

OPAQUE = "trusted.overlay.opaque"


@lru_cache
def overlay_works(home: Path) -> bool:
    """Whether this process may mount an overlay whose upper folder lies under `home`; tried once, for real."""
    if os.geteuid() != 0:
        return False
    with tempfile.TemporaryDirectory(dir=home, prefix=".overlay-") as folder:
        for name in ("lower", "upper", "work", "merged"):
            (Path(folder) / name).mkdir()
        options = f"lowerdir={folder}/lower,upperdir={folder}/upper,workdir={folder}/work"
        command = ["unshare", "-m", "mount", "-t", "overlay", "overlay", "-o", options, f"{folder}/merged"]
        return subprocess.run(command, capture_output=True, timeout=30, check=False).returncode == 0


class Workspaces:
    """Makes and removes workspaces under `folder`, all owned by `uid` and `gid`."""

    def __init__(self, folder: Path, uid: int, gid: int) -> None:
        self.folder = folder
        self.uid, self.gid = uid, gid
        folder.mkdir(parents=True, exist_ok=True, mode=0o711)

    async def create(self, name: str, lower: Path, changes: Sequence[Change] = ()) -> Workspace:
        """A workspace `name` with the files of template `lower` and `changes` on top, which no sandbox has touched yet.

        Raises:
            RepoError: it cannot be written.
        """
        work = asyncio.ensure_future(asyncio.to_thread(self._create, name, lower, changes))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work])  # a thread cannot be stopped, and must not write behind the removal's back
            await self.remove(name)
            raise
        except OSError as error:
            await self.remove(name)
            raise RepoError(f"cannot make a workspace: {error}") from None

    def _create(self, name: str, lower: Path, changes: Sequence[Change]) -> Workspace:
        place = self.folder / name
        if overlay_works(self.folder):
            workspace = OverlayWorkspace(lower, place / "upper", place / "work")
            for folder in (place, workspace.upper, workspace.work):
                folder.mkdir()
                os.chown(folder, self.uid, self.gid)
            _write_upper(workspace, changes, self.uid, self.gid)
            return workspace
        shutil.copytree(lower, place / "root", symlinks=True, copy_function=shutil.copy2)
        _write_copy(place / "root", changes)
        for parent, folders, files in os.walk(place / "root"):
            for item in [parent, *(os.path.join(parent, name) for name in folders + files)]:
                os.chown(item, self.uid, self.gid, follow_symlinks=False)
        return CopyWorkspace(place / "root")

    def forget(self, run: str) -> None:
        """Remove every workspace that a dead run left behind."""
        for folder in self.folder.glob(f"{run}-*"):
            shutil.rmtree(folder, ignore_errors=True)

    async def remove(self, name: str) -> None:
        """Remove a workspace whose sandbox is gone; an absent one is fine."""
        await asyncio.to_thread(remove_tree, self.folder / name)


def _write_upper(workspace: OverlayWorkspace, changes: Sequence[Change], uid: int, gid: int) -> None:
    """Write changes straight into the empty upper folder. It holds no link yet, so no write can be led astray."""
    upper, lower = os.fsencode(workspace.upper), os.fsencode(workspace.lower)
    written = {change.path for change in changes if change.data is not None}
    above_written = {parent for path in written for parent in parents(path)}
    for change in changes:
        # a path that becomes a folder, or goes with a folder that becomes a file, needs no whiteout of its own
        if change.data is None and change.path not in above_written and not written.intersection(parents(change.path)):
            os.mknod(_make_parents(upper, lower, change.path, uid, gid), 0o020000, os.makedev(0, 0))
    links = [change for change in changes if change.data is not None and change.mode == LINK]
    for change in [c for c in changes if c.data is not None and c.mode != LINK] + links:
        _put(_make_parents(upper, lower, change.path, uid, gid), change, uid, gid)


def _make_parents(upper: bytes, lower: bytes, path: bytes, uid: int, gid: int) -> bytes:
    """Create the folders above `path` in `upper`; one that is no folder in `lower` hides what lay there."""
    where, below = upper, lower
    for part in path.split(b"/")[:-1]:
        where, below = os.path.join(where, part), os.path.join(below, part)
        if not os.path.lexists(where):
            os.mkdir(where, 0o755)
            os.chown(where, uid, gid)
            if os.path.islink(below) or not os.path.isdir(below):
                os.setxattr(where, OPAQUE, b"y")
    return os.path.join(where, path.rsplit(b"/", 1)[-1])


def _put(where: bytes, change: Change, uid: int, gid: int) -> None:
    assert change.data is not None  # noqa: S101
    if change.mode == LINK:
        os.symlink(change.data, where)
    else:
        mode = 0o755 if change.mode == EXECUTABLE else 0o644
        descriptor = os.open(where, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(change.data)
    os.chown(where, uid, gid, follow_symlinks=False)


def _write_copy(root: Path, changes: Sequence[Change]) -> None:
    """Write changes into a fresh copy of a template, whose links must not lead a write outside."""
    base = os.fsencode(root)
    for change in changes:
        _unlink_links_above(base, change.path)
        where = os.path.join(base, change.path)
        if os.path.isdir(where) and not os.path.islink(where):
            if change.data is None:
                continue
            shutil.rmtree(where)
        elif os.path.lexists(where):
            os.unlink(where)
        if change.data is not None:
            os.makedirs(os.path.dirname(where), exist_ok=True)
            _put(where, change, os.geteuid(), os.getegid())


def _unlink_links_above(base: bytes, path: bytes) -> None:
    where = base
    for part in path.split(b"/")[:-1]:
        where = os.path.join(where, part)
        if os.path.islink(where) or (os.path.lexists(where) and not os.path.isdir(where)):
            os.unlink(where)
