"""A program that uses a sandbox and is about to be struck: what `kill_cycles` starts and hurts.

Says on standard output how far it is: `begun`, then `sockets` with the event loop's own (which no engine is behind),
then `started`. A wall that breaks is its normal end: status 3.
"""

from __future__ import annotations

import asyncio
import faulthandler
import os
import signal
import sys
from pathlib import Path

from sandboxes.backends import get_backend
from sandboxes.contract import Backend, OverlayWorkspace, SandboxSpec
from sandboxes.docker_backend import DockerBackend
from sandboxes.errors import SandboxError
from sandboxes.pool import Pool

UID = 1000
_BUSY = "while :; do date >> beat; sleep 0.01; done"


def backend_of(kind: str) -> Backend:
    """A new backend: one of the kinds by name, or `pool` for warm ones in Docker."""
    return Pool(DockerBackend(), size=1) if kind == "pool" else get_backend(kind)


async def live(kind: str, image: str, folder: Path) -> None:
    """Start a sandbox on an overlay under `folder`, and keep it busy until something breaks."""
    for name in ("lower", "upper", "work"):
        (folder / name).mkdir()
        os.chown(folder / name, UID, UID)
    workspace = OverlayWorkspace(folder / "lower", folder / "upper", folder / "work")
    backend = backend_of(kind)
    print("begun", flush=True)
    print("sockets", *_loop_sockets(), flush=True)
    spec = SandboxSpec(image=image, workspace=workspace)
    if isinstance(backend, Pool):
        await backend.prepare(spec)
    async with await backend.start(spec) as sandbox:
        print("started", flush=True)
        await sandbox.call("bash", {"command": _BUSY, "timeout": 600}, timeout=700)


def _loop_sockets() -> list[int]:
    """The pair of sockets with which the loop wakes itself: all that is open before a backend opens anything."""
    return [int(entry.name) for entry in Path("/proc/self/fd").iterdir() if entry.is_socket()]


def main() -> int:
    """Run until struck; 3 where the wall broke first."""
    faulthandler.register(signal.SIGUSR1)
    try:
        asyncio.run(live(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
    except SandboxError as error:
        print(f"broken {type(error).__name__}: {error}", flush=True)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
