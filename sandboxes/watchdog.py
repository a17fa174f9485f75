"""Ends a sandbox that outlives its time or outgrows its disk: the limits that no kernel counter holds for us.

Disk use is looked at once a second: cheaply by the file system's free space, and by a walk of the workspace only when
that shrank noticeably. A fast writer can exceed the limit by what it writes in that second.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from sandboxes.contract import CopyWorkspace, Limits, OverlayWorkspace, Workspace
from sandboxes.errors import SandboxLimit

_LOOK_SECONDS = 1.0
_WALK_EVERY = 30  # looks between walks where free space tells nothing (others free what this one takes)
_MAX_ENTRIES = 1_000_000
_MAX_DEPTH = 200


async def watch(limits: Limits, workspace: Workspace | None, fail: Callable[[SandboxLimit], Awaitable[None]]) -> None:
    """Call `fail` once when a limit is reached, and return."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + limits.seconds if limits.seconds is not None else float("inf")
    folder = _written(workspace)
    free, looks = _free(folder), 0
    while (left := deadline - loop.time()) > 0:
        await asyncio.sleep(min(_LOOK_SECONDS, left))
        looks += 1
        now = _free(folder)
        if folder is None or (now > free - limits.disk_bytes // 8 and looks % _WALK_EVERY):
            continue
        free = now
        if await asyncio.to_thread(exceeds, folder, limits.disk_bytes):
            await fail(SandboxLimit("disk", f"the workspace grew beyond {limits.disk_bytes >> 20} MiB"))
            return
    await fail(SandboxLimit("seconds", f"the sandbox reached its {limits.seconds:g} s"))


def exceeds(folder: Path, limit: int) -> bool:
    """Whether the blocks under `folder` are more than `limit` bytes, its files too many, or its folders too deep.

    Links are not followed. What vanishes during the walk counts as gone.
    """
    total = entries = 0
    waiting = [(os.fspath(folder), 0)]
    while waiting:
        path, depth = waiting.pop()
        if depth > _MAX_DEPTH:
            return True
        try:
            with os.scandir(path) as found:
                for entry in found:
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
                    entries += 1
                    if total > limit or entries > _MAX_ENTRIES:
                        return True
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append((entry.path, depth + 1))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:  # a name too long for the kernel: nobody's honest workspace
            return True
    return False


def _written(workspace: Workspace | None) -> Path | None:
    match workspace:
        case OverlayWorkspace(upper=upper):
            return upper
        case CopyWorkspace(root):
            return root
        case None:
            return None


def _free(folder: Path | None) -> int:
    if folder is None:
        return 0
    try:
        status = os.statvfs(folder)
    except OSError:
        return 0
    return status.f_bavail * status.f_frsize
