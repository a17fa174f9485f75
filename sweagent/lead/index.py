"""The code index of a base commit: built once in a sandbox, kept by the host as opaque bytes, shown to every agent.

The host never opens the file: it was made by parsing an untrusted repository, and only sandboxes of that same
repository read it.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import stat
from pathlib import Path

from sandboxes.contract import OverlayWorkspace, Workspace
from sandboxes.errors import SandboxError
from sandboxes.toolbox import ensure_toolbox
from sweagent.core import event as ev
from sweagent.lead.ground import Ground

BUILD_SECONDS = 900.0
MAX_BYTES = 2 << 30
_NAME = ".sweagent-index.db"


async def shared_index(ground: Ground) -> Path | None:
    """The index of the ground's base commit, built on first use; None where it cannot be had (a warning says why)."""
    toolbox = await asyncio.to_thread(ensure_toolbox)  # its name changes with the tools that write and read the file
    target = ground.mirror.folder / "index" / f"{ground.base}-{toolbox.app.name}.db"
    if target.exists():
        return target
    await ground.emit(ev.Progressed(phase="prepare", message="index the code, once for this commit"))
    try:
        async with ground.sandbox("index") as (sandbox, workspace):
            result = await sandbox.call("build_index", {"output": _NAME}, timeout=BUILD_SECONDS)
            await sandbox.close()
            if result.is_error:
                raise OSError(result.text[:300])
            await asyncio.to_thread(_take, workspace, target)
    except (OSError, SandboxError) as error:
        await ground.emit(ev.Warned(message=f"no shared code index, agents build their own: {error}"))
        return None
    return target


def _take(workspace: Workspace, target: Path) -> None:
    """Copy the file out of the workspace without following a link, and put it in place in one step."""
    root = workspace.upper if isinstance(workspace, OverlayWorkspace) else workspace.root
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o711)
    scratch = target.with_name(f".{target.name}.{secrets.token_hex(4)}.{os.getpid()}")
    source = os.open(root / _NAME, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        info = os.fstat(source)
        if not stat.S_ISREG(info.st_mode) or info.st_size > MAX_BYTES:
            raise OSError(f"the index is not a file of at most {MAX_BYTES >> 30} GiB")
        with scratch.open("xb") as copy, os.fdopen(os.dup(source), "rb") as file:
            while chunk := file.read(1 << 20):
                copy.write(chunk)
        scratch.chmod(0o644)
        scratch.replace(target)
    finally:
        os.close(source)
        scratch.unlink(missing_ok=True)
