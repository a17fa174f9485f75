"""Keep what was built once: a cache folder whose entries appear whole or not at all, also after a kill."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

_LOOK = 0.05
"""Seconds between two tries to get a lock."""


def cache_home() -> Path:
    """Where built things are kept: `$XDG_CACHE_HOME/sweagent`, by default `~/.cache/sweagent`."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "sweagent"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path` (made if missing); waits for other processes. The kernel frees it if we die."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@asynccontextmanager
async def held(path: Path) -> AsyncIterator[None]:
    """`locked` for coroutines. It asks again and again: waiters in threads would leave no thread to the holder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(_LOOK)
        yield


def publish(target: Path, build: Callable[[Path], None]) -> Path:
    """Return the folder `target`, made first by `build(folder)` if it is not there yet.

    `build` fills a scratch folder that is renamed into place at the end, under a lock: two processes build it once,
    and a process killed in the middle leaves scratch that the next builder clears.
    """
    if target.exists():
        return target
    with locked(target.parent / f".{target.name}.lock"):
        if target.exists():
            return target
        scratch = target.parent / f".{target.name}.building"
        if scratch.exists():  # we hold the lock, so its builder is dead
            shutil.rmtree(scratch)
        scratch.mkdir(mode=0o755)
        try:
            build(scratch)
            scratch.rename(target)
        except BaseException:
            shutil.rmtree(scratch, ignore_errors=True)
            raise
    return target
