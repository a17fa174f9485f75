"""Gives a sandbox its proxy: a socket file in a private folder of the host, shown inside and gone with the sandbox.

The sandbox keeps a network namespace without any way out. Its tool server listens on the namespace's own loopback and
carries bytes to the socket (`tools/egress.py`); the environment tells programs about that.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from sandboxes import owner
from sandboxes.contract import Owner, SandboxSpec
from sandboxes.egress.allow import Allow, BadPattern
from sandboxes.egress.proxy import Proxy
from sandboxes.errors import StartFailed
from sandboxes.resident import ResidentSandbox, finish

SOCKET = "/opt/egress.sock"
"""Where a sandbox sees the socket."""
PORT = 3128
"""Where the tool server listens inside."""
_LOCAL = "localhost,127.0.0.1,::1"
_OTHERS_MAY_WRITE = 0o666  # connecting needs it, and the user inside is another; the folder lets nobody through


def environment() -> dict[str, str]:
    """What tells programs inside about the proxy."""
    url = f"http://127.0.0.1:{PORT}"
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), url)
    return {**proxies, "NO_PROXY": _LOCAL, "no_proxy": _LOCAL, "SWEAGENT_EGRESS": f"{PORT}:{SOCKET}"}


async def with_outlet(spec: SandboxSpec, start: Callable[[SandboxSpec], Awaitable[ResidentSandbox]]) -> ResidentSandbox:
    """Start a sandbox with its proxy where its policy allows any host, and without where it does not.

    Raises:
        StartFailed: `allow` names no host, or there is no place for the socket; and whatever `start` raises.
    """
    if not spec.policy.allow:
        return await start(spec)
    try:
        proxy, place = Proxy(Allow.read(spec.policy.allow), spec.on_network), _place()
        listening = _listen(place)
    except (BadPattern, OSError) as error:
        raise StartFailed(f"no network for the sandbox: {error}") from error

    async def close() -> None:
        await proxy.close()
        listening.close()  # where it never served
        place.unlink(missing_ok=True)

    try:
        proxy.serve(listening)
        policy = replace(spec.policy, env={**environment(), **spec.policy.env})
        sandbox = await start(replace(spec, policy=policy, read_only={**spec.read_only, SOCKET: place}))
    except BaseException:
        await finish(close())
        raise
    sandbox.afterwards(close)
    return sandbox


def sweep(is_alive: Callable[[Owner], bool]) -> None:
    """Remove the sockets of dead owners."""
    with contextlib.suppress(OSError):
        for place in list(home().iterdir()):
            found = owner.read_marker(place.name)
            if found is not None and not is_alive(found[0]):
                place.unlink(missing_ok=True)


def home() -> Path:
    """The private folder of this user's sockets; it may not be there yet. Short, for a socket's path is bounded."""
    if os.geteuid() == 0:
        return Path("/run/sweagent/egress")
    return Path(tempfile.gettempdir(), f"sweagent-{os.geteuid()}")


def _place() -> Path:
    folder = home()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if status.st_uid != os.geteuid() or folder.is_symlink():  # somebody else made it first
        raise OSError(f"{folder} belongs to another user")
    folder.chmod(0o700)
    return folder / owner.marker(owner.current_owner(), secrets.token_hex(4))


def _listen(place: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.bind(str(place))
        place.chmod(_OTHERS_MAY_WRITE)
        listening.listen(64)
        listening.setblocking(False)
    except BaseException:
        listening.close()
        place.unlink(missing_ok=True)
        raise
    return listening
