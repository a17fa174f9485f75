"""Workspaces that arrive late: mounted by the host into a container that already runs.

The container is started on an empty folder that is a shared mount point of the host. What the host mounts over it
later spreads into the container, which receives and never sends (mount_namespaces(7), "Shared subtrees"). The folder's
name says which process answers for it, so that the reaper can clear what a killed one left. All calls block shortly.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from sandboxes import owner
from sandboxes.contract import WORKDIR, CopyWorkspace, LateWorkspace, OverlayWorkspace, Owner, Workspace
from sandboxes.docker_options import overlay_layers

HOME = Path("/run/sweagent/late")
"""Where the shared folders stand; only root may look inside."""
_NOSUID, _NODEV, _BIND, _SHARED = 0x2, 0x4, 0x1000, 1 << 20  # mount(2)
_DETACH, _NOFOLLOW = 0x2, 0x8  # umount2(2)
_BUSY_SECONDS = 1.0


def unsupported() -> str | None:
    """Why this process cannot mount a workspace later; None where it can. Tried once, for real."""
    if os.geteuid() != 0:
        return "mounting a workspace into a running sandbox needs root"
    return _tried()


def make(name: str) -> LateWorkspace:
    """An empty shared folder for sandbox `name` of this process; `remove` it at last.

    Raises:
        OSError: the kernel does not let us.
    """
    HOME.mkdir(parents=True, exist_ok=True)
    HOME.chmod(0o700)
    late = LateWorkspace(HOME / owner.marker(owner.current_owner(), name))
    late.root.mkdir(mode=0o755)
    try:
        _mount(late.root, late.root, _BIND)
        _mount(None, late.root, _SHARED)
    except OSError:
        remove(late)
        raise
    return late


def fill(late: LateWorkspace, workspace: Workspace) -> None:
    """Mount `workspace` over the folder.

    Raises:
        OSError: it cannot be mounted.
    """
    match workspace:
        case OverlayWorkspace():
            _mount("overlay", late.root, _NOSUID | _NODEV, "overlay", overlay_layers(workspace))
        case CopyWorkspace(root):
            _mount(root.absolute(), late.root, _BIND)


def arrived(late: LateWorkspace, pid: int) -> bool:
    """Whether process `pid` has the very folder as its workspace that stands here: asked of the kernel, not of it."""
    try:
        there, here = Path(f"/proc/{pid}/root{WORKDIR}").lstat(), late.root.lstat()
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)


def remove(late: LateWorkspace) -> None:
    """Unmount all that stands on the folder, and remove it; one that is gone is fine."""
    end = time.monotonic() + _BUSY_SECONDS
    flags = _NOFOLLOW
    while True:
        try:
            _umount(late.root, flags)
        except OSError as error:
            if error.errno != errno.EBUSY:  # EINVAL: nothing is mounted there any more
                break
            if time.monotonic() > end:  # something else that looks into every mount holds it: it vanishes with that
                flags |= _DETACH
            time.sleep(0.01)
    with contextlib.suppress(OSError):
        late.root.rmdir()


def sweep(is_alive: Callable[[Owner], bool]) -> list[str]:
    """Remove the folders and mounts of dead owners; the names of their sandboxes."""
    removed = []
    with contextlib.suppress(OSError):
        for place in list(HOME.iterdir()):
            found = owner.read_marker(place.name)
            if found is not None and not is_alive(found[0]):
                remove(LateWorkspace(place))
                removed.append(found[1])
    return removed


@lru_cache
def _tried() -> str | None:
    try:
        remove(make(f"try-{time.monotonic_ns()}"))
    except OSError as error:
        return f"this machine allows no shared mounts: {error.strerror}"
    return None


def _mount(source: str | Path | None, target: Path, flags: int, kind: str | None = None, options: str = "") -> None:
    encoded = (os.fsencode(part) if part is not None else None for part in (source, target, kind))
    first, second, third = encoded
    if _libc().mount(first, second, third, ctypes.c_ulong(flags), os.fsencode(options) or None) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(target))


def _umount(target: Path, flags: int) -> None:
    if _libc().umount2(os.fsencode(target), flags) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(target))


@lru_cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
