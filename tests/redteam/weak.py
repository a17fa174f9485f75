"""Walls with a hole made on purpose: the backends' own options with single protections taken out.

For tests alone: it edits what `docker_options` and `bwrap_options` give and starts that by itself, so that nothing of
it can be reached from a policy, a configuration or a command line of the product.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from docker.types import Mount

from sandboxes import bwrap_options, cgroup, docker_options, owner, seccomp
from sandboxes.channel import Channel
from sandboxes.contract import SandboxSpec
from sandboxes.docker_engine import LABEL, DockerEngine
from sandboxes.docker_wire import DockerWire
from sandboxes.errors import SandboxError
from sandboxes.images.rootfs import rootfs_folder
from sandboxes.jail import Jail
from sandboxes.toolbox import Toolbox

TEMPORARY = tempfile.gettempdir()
SOCKET = "/var/run/docker.sock"
CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "NET_ADMIN", "NET_RAW", "SETUID", "SYS_ADMIN", "SYS_PTRACE", "SYS_RAWIO"]
"""Not `ALL`: an engine that lacks one itself could then start nothing."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A network namespace with services of its own, as container and as process id."""

    container: str
    pid: int


Options = dict[str, Any]
DOCKER: dict[str, Callable[[Options, Options], None]] = {
    "user": lambda config, host: config.update(user="0:0"),
    "capabilities": lambda config, host: host.update(cap_drop=[], cap_add=CAPABILITIES),
    "no new privileges": lambda config, host: host["security_opt"].remove("no-new-privileges:true"),
    "system calls": lambda config, host: host["security_opt"].__setitem__(-1, "seccomp=unconfined"),
    "read-only root": lambda config, host: host.update(read_only=False),
    "network": lambda config, host: host.update(network_mode="host"),
    "ipc": lambda config, host: host.update(ipc_mode="host"),
    "pids": lambda config, host: host.update(pid_mode="host"),
    "process 1": lambda config, host: host.update(init=True),
    "masked proc": lambda config, host: host.update(masked=True),
    "devices": lambda config, host: host.update(device_cgroup_rules=["a *:* rwm"], cap_drop=[], cap_add=["MKNOD"]),
    "engine socket": lambda config, host: host["mounts"].append(Mount(SOCKET, SOCKET, type="bind")),
    "host folder": lambda config, host: host["mounts"].append(Mount("/mnt", TEMPORARY, type="bind")),
}
"""What each protection's absence means to Docker: edits of the container's configuration and host options."""


@asynccontextmanager
async def weak_docker(
    spec: SandboxSpec, toolbox: Toolbox, without: Sequence[str], peer: Peer | None = None
) -> AsyncIterator[Channel]:
    """A container with the protections `without` missing; in the network of `peer` where one is given."""
    labels = {LABEL: "1", **owner.to_labels(owner.current_owner())}
    config = docker_options.container_config(spec, toolbox, labels)
    host = docker_options.host_options(spec, toolbox, labels)
    for name in without:
        DOCKER[name](config, host)
    if peer is not None:
        config.pop("hostname")
        host["network_mode"] = f"container:{peer.container}"
    if host["network_mode"] == "host" or host.get("pid_mode") == "host":
        config.pop("hostname", None)
    unmasked = host.pop("masked", False)
    engine, name = DockerEngine(), f"sweagent-weak-{secrets.token_hex(4)}"

    def create(client: Any) -> None:
        made = client.create_host_config(**host)
        if unmasked:
            made |= {"MaskedPaths": [], "ReadonlyPaths": []}
        client.create_container(**config, name=name, host_config=made)

    await engine.do(create)
    try:
        wire = await DockerWire.over(await engine.attach(name))
        await engine.start(name)
        async with _opened(Channel(wire), lambda: wire.errors) as channel:
            yield channel
    finally:
        await engine.remove(name)


@asynccontextmanager
async def weak_bwrap(
    spec: SandboxSpec, toolbox: Toolbox, without: Sequence[str], peer: Peer | None = None
) -> AsyncIterator[Channel]:
    """The same by bubblewrap."""
    group = cgroup.create(f"sweagent-{secrets.token_hex(6)}", spec.policy.limits)
    program = b"" if "system calls" in without else seccomp.bpf_program()
    filter_fd = os.memfd_create("seccomp")
    os.write(filter_fd, program)
    os.lseek(filter_fd, 0, os.SEEK_SET)
    line = bwrap_options.command(spec, rootfs_folder(spec.image), toolbox, group, filter_fd)
    line = _weakened(line, set(without) | ({"network"} if peer else set()), str(filter_fd))
    if peer is not None:
        line = ["nsenter", f"--net=/proc/{peer.pid}/ns/net", "--", *line]
    bwrap_options.STAGE.mkdir(parents=True, exist_ok=True)
    jail = await Jail.launch(line, {"PATH": os.environ["PATH"]}, [filter_fd])
    os.close(filter_fd)
    try:
        async with _opened(Channel(jail.wire), lambda: jail.said) as channel:
            yield channel
    finally:
        await jail.kill()
        await group.remove()


def _weakened(line: list[str], without: set[str], filter_fd: str) -> list[str]:
    """A bubblewrap command line with protections taken out."""
    start = line.index("bwrap")
    before, own = line[:start], line[start:]
    if "user" in without:  # root outside, so no namespace of users either
        before = before[: before.index("setpriv")]
        own = _dropped(_dropped(own, "--uid", 1), "--gid", 1)
        own = _dropped(_dropped(own, "--unshare-user"), "--disable-userns")
    if "user namespace" in without:
        own = _dropped(own, "--disable-userns")
    kinds = {"network": "--unshare-net", "ipc": "--unshare-ipc", "pids": "--unshare-pid"}
    kept = [flag for name, flag in kinds.items() if name not in without] + ["--unshare-uts", "--unshare-cgroup-try"]
    at = own.index("--unshare-all")
    own[at : at + 1] = kept
    if "pids" in without or "process 1" in without:
        own = _dropped(own, "--as-pid-1")
    if "capabilities" in without:
        own[own.index("--cap-drop")] = "--cap-add"
    if "system calls" in without:
        own = _dropped(own, "--seccomp", 1)
    if "masked proc" in without or "pids" in without:
        while "/dev/null" in own:
            at = own.index("/dev/null")
            del own[at - 1 : at + 2]
    if "masked proc" in without:
        own[own.index("--proc") : own.index("--proc") + 2] = ["--bind", "/proc", "/proc"]
    end = own.index("--remount-ro")
    if "engine socket" in without:
        own[end:end] = ["--bind", SOCKET, "/tmp/docker.sock"]
    if "devices" in without:
        own[end : end + 2] = ["--dev-bind", "/dev", "/dev"]  # and no `--remount-ro /dev`, which means nodev too
    if "host folder" in without:
        own[end:end] = ["--bind", TEMPORARY, "/mnt"]
    if "kernel folder" in without:
        own[end:end] = ["--bind", "/sys", "/mnt"]
    if "read-only root" in without:
        at = len(own) - 1 - own[::-1].index("--remount-ro")
        del own[at : at + 2]
    return [*before, *own]


def _dropped(line: list[str], flag: str, words: int = 0) -> list[str]:
    if flag not in line:
        return line
    at = line.index(flag)
    return line[:at] + line[at + 1 + words :]


@asynccontextmanager
async def _opened(channel: Channel, said: Callable[[], str]) -> AsyncIterator[Channel]:
    try:
        try:
            await channel.open()
        except SandboxError as error:
            raise AssertionError(f"the weakened wall does not start: {said()}") from error
        yield channel
    finally:
        await channel.close()
