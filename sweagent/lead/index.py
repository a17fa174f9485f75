"""The code index of a base commit: built once in a sandbox, kept by the host as opaque bytes, shown to every agent.

The host never opens the file: it was made by parsing an untrusted repository, and only sandboxes of that same
repository read it. Another base of the repository starts from the index of the one before: equal contents are parsed
once.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from sandboxes.cache import held
from sandboxes.contract import CallResult, OverlayWorkspace, Workspace
from sandboxes.errors import SandboxError
from sandboxes.toolbox import ensure_toolbox
from sweagent.core import event as ev
from sweagent.lead.ground import Ground

BUILD_SECONDS = 900.0
MAX_BYTES = 2 << 30
KEPT = 8
"""Indexes kept for one repository, the last used ones."""
_NAME = ".sweagent-index.db"


async def shared_index(ground: Ground) -> Path | None:
    """The index of the ground's base commit, built on first use; None where it cannot be had (a warning says why).

    Runs and agents that ask at the same time wait for the one that builds.
    """
    toolbox = await asyncio.to_thread(ensure_toolbox)  # its name changes with the tools that write and read the file
    target = ground.mirror.folder / "index" / f"{ground.base}-{toolbox.app.name}.db"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o711)
        async with held(target.with_name(f".{target.name}.lock")):
            if not target.exists() and not await _build(ground, target):
                return None
    with suppress(OSError):
        os.utime(target)
    return target


async def _build(ground: Ground, target: Path) -> bool:
    await ground.emit(ev.Progressed(phase="prepare", message="index the code, once for this commit"))
    try:
        former = _used_last(target)[:1]
        async with ground.sandbox("index", index=former[0] if former else None) as (sandbox, workspace):
            result = await sandbox.call("build_index", {"output": _NAME}, timeout=BUILD_SECONDS)
            await sandbox.close()
            if result.is_error:
                raise OSError(result.text[:300])
            await asyncio.to_thread(_take, workspace, target)
    except (OSError, SandboxError) as error:
        await ground.emit(ev.Warned(message=f"no shared code index, agents build their own: {error}"))
        return False
    await ground.emit(ev.Progressed(phase="prepare", message=f"code index: {_tally(result)}"))
    for old in _used_last(target)[KEPT:]:
        old.unlink(missing_ok=True)
        old.with_name(f".{old.name}.lock").unlink(missing_ok=True)
    return True


def _used_last(target: Path) -> list[Path]:
    """The indexes beside `target` that the same tools wrote, the last used ones first."""
    _, _, tools = target.stem.partition("-")
    found: list[tuple[float, Path]] = []
    for path in target.parent.glob(f"*-{tools}.db"):
        with suppress(OSError):
            found.append((path.stat().st_mtime, path))
    return [path for _, path in sorted(found, reverse=True)]


def _tally(result: CallResult) -> str:
    """What the builder counted, in words; its answer is untrusted."""
    data = result.data or {}
    files, parsed, reused = (data.get(key) for key in ("files", "parsed", "reused"))
    if isinstance(files, int) and isinstance(parsed, int) and isinstance(reused, int):
        return f"{files} files, {parsed} contents parsed, {reused} known before"
    return "built"


def _take(workspace: Workspace, target: Path) -> None:
    """Copy the file out of the workspace without following a link, and put it in place in one step."""
    root = workspace.upper if isinstance(workspace, OverlayWorkspace) else workspace.root
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
