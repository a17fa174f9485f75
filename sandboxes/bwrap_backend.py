"""Sandboxes by bubblewrap: namespaces and a system call filter around an unpacked image, with no daemon."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandboxes import bwrap_options, cgroup, seccomp
from sandboxes.bwrap_options import STAGE
from sandboxes.cgroup import Cgroup
from sandboxes.channel import Channel
from sandboxes.contract import Owner, Probe, SandboxSpec
from sandboxes.egress import outlet
from sandboxes.errors import BackendUnavailable, ImageMissing, SandboxError, SandboxLimit, SandboxLost
from sandboxes.images.rootfs import rootfs_folder
from sandboxes.jail import Jail
from sandboxes.resident import ResidentSandbox, finish, shake_hands
from sandboxes.toolbox import Toolbox, ensure_toolbox

_NEEDED = ("bwrap", "prlimit")
_NEEDED_AS_ROOT = ("unshare", "setpriv", "mount")
_INSTALL = "apt-get install -y --no-install-recommends bubblewrap util-linux mount"
_DEATH_SECONDS = 3.0
_KILLED = (-9, 137)


class BwrapBackend:
    """See `sandboxes.contract.Backend`. Images are the ones unpacked by `sandboxes.images`."""

    name = "bwrap"

    def __init__(self, *, toolbox: Toolbox | None = None) -> None:
        self._toolbox = toolbox

    async def probe(self) -> Probe:
        """Whether namespaces can be had here, and which limits hold."""
        try:
            _check_programs()
            await _try_namespaces()
        except SandboxError as error:
            return Probe(False, str(error), error.mend)
        held = cgroup.enforceable()
        missing = [what for what in ("memory", "pids", "cpu") if what not in held]
        limits = f"not enforced here: {', '.join(missing)}" if missing else "memory, processes and CPU are limited"
        rootless = "" if os.geteuid() == 0 else "; without root: copied workspaces only"
        return Probe(True, f"bubblewrap; {limits}{rootless}")

    async def start(self, spec: SandboxSpec) -> ResidentSandbox:
        """Start a sandbox; see the contract."""
        return await outlet.with_outlet(spec, self._start)

    async def _start(self, spec: SandboxSpec) -> ResidentSandbox:
        _check_programs()
        rootfs = rootfs_folder(spec.image)
        if not rootfs.is_dir():
            mend = "sweagent sandbox build-image --sandbox bwrap"
            raise ImageMissing(f"the image {spec.image} has not been unpacked for bubblewrap", mend=mend)
        if self._toolbox is None:
            self._toolbox = await asyncio.to_thread(ensure_toolbox)
        name = f"sweagent-{secrets.token_hex(6)}"
        group = cgroup.create(name, spec.policy.limits)
        try:
            jail = await finish(_launch(spec, rootfs, self._toolbox, group), undo=Jail.kill)
        except BaseException:
            await finish(group.remove())
            raise
        return await shake_hands(Channel(jail.wire), _Jailed(name, jail, group), spec)

    async def reap(self, is_alive: Callable[[Owner], bool]) -> list[str]:
        """Kill and remove what dead owners left; see the contract. Mounts are gone with their last process."""
        removed = []
        for name, who, group in await asyncio.to_thread(cgroup.orphans):
            if not is_alive(who) and await group.remove():
                removed.append(name)
        await asyncio.to_thread(outlet.sweep, is_alive)
        return removed


@dataclass(frozen=True, slots=True)
class _Jailed:
    """The body of a sandbox: one bubblewrap process and its control groups."""

    name: str
    jail: Jail
    group: Cgroup

    async def end(self) -> None:
        """Wait for the death that closing the channel brings; kill where it does not come."""
        if not await self.jail.exit(_DEATH_SECONDS):
            await self.jail.kill()  # takes everything inside along (`--die-with-parent`)
        await self.group.remove()

    async def cause(self, lost: SandboxError) -> SandboxError:
        """What the process and its control group say about the end."""
        await self.jail.exit(_DEATH_SECONDS)
        if self.jail.status in _KILLED and self.group.memory_kills():
            return SandboxLimit("memory", "the sandbox was ended by its memory limit")
        if self.jail.status is None:
            return lost
        how = "killed from outside" if self.jail.status in _KILLED else f"exit status {self.jail.status}"
        return SandboxLost(f"the sandbox went away ({how})")

    def said(self) -> str:
        """The server's last words, or bubblewrap's."""
        return self.jail.said


async def _launch(spec: SandboxSpec, rootfs: Path, toolbox: Toolbox, group: Cgroup) -> Jail:
    if os.geteuid() == 0:
        STAGE.mkdir(parents=True, exist_ok=True)
    filter_fd = os.memfd_create("seccomp")
    try:
        os.write(filter_fd, seccomp.bpf_program())
        os.lseek(filter_fd, 0, os.SEEK_SET)
        command = bwrap_options.command(spec, rootfs, toolbox, group, filter_fd)
        return await Jail.launch(command, {"PATH": os.environ.get("PATH", os.defpath)}, [filter_fd])
    finally:
        os.close(filter_fd)


def _check_programs() -> None:
    wanted = _NEEDED + (_NEEDED_AS_ROOT if os.geteuid() == 0 else ())
    lacking = [name for name in wanted if shutil.which(name) is None]
    if lacking:
        raise BackendUnavailable(f"not installed: {', '.join(lacking)}", mend=_INSTALL)


async def _try_namespaces() -> None:
    user = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups"] if os.geteuid() == 0 else []
    line = [*user, "bwrap", "--unshare-all", "--unshare-user", "--disable-userns", "--ro-bind", "/", "/", "true"]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*line, stdout=pipe, stderr=pipe)
    _, errors = await process.communicate()
    if process.returncode != 0:
        why = errors.decode("utf-8", "replace").strip()[-200:]
        mend = "sysctl -w kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0"
        raise BackendUnavailable(f"this kernel gives bubblewrap no namespaces: {why}", mend=mend)
