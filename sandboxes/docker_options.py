"""What a sandbox is to Docker: a spec turned into the options of `create`, pure values without the engine.

Every wall that Docker can give is set here and nowhere else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docker.types import LogConfig, Mount, Ulimit

from sandboxes import seccomp
from sandboxes.contract import (
    WORKDIR,
    CopyWorkspace,
    LateWorkspace,
    Limits,
    OverlayWorkspace,
    SandboxSpec,
    Workspace,
)
from sandboxes.errors import ImageMissing, StartFailed
from sandboxes.toolbox import Toolbox

HOME = "/tmp"  # noqa: S108 (a tmpfs of the sandbox's own)
_SHM_BYTES = 64 << 20
_OPEN_FILES = 4096


def environment(spec: SandboxSpec) -> dict[str, str]:
    """The environment inside. PATH is the image's own, or the engine's default."""
    return {"HOME": HOME, "LANG": "C.UTF-8", "TERM": "dumb", **spec.policy.env}


def container_config(spec: SandboxSpec, toolbox: Toolbox, labels: dict[str, str]) -> dict[str, Any]:
    """Arguments of `APIClient.create_container`, without its `host_config`.

    Raises:
        StartFailed: the spec asks for what may not be.
    """
    if spec.uid <= 0 or spec.gid <= 0:
        raise StartFailed("a sandbox never runs as root: uid and gid must be above 0")
    if not spec.image:  # the engine would make a container of nothing, in which the toolbox even runs
        raise ImageMissing("a sandbox needs an image")
    return {
        "image": spec.image,
        "command": [],
        "entrypoint": list(toolbox.command),
        "user": f"{spec.uid}:{spec.gid}",
        "working_dir": WORKDIR,
        "hostname": "sandbox",
        "environment": environment(spec),
        "labels": labels,
        "stdin_open": True,  # and, by docker-py, StdinOnce: our end of the stream closed means the server's input ended
        "healthcheck": {"test": ["NONE"]},  # a health check of the image would run commands beside the tools
    }


def host_options(
    spec: SandboxSpec, toolbox: Toolbox, labels: dict[str, str], runtime: str | None = None
) -> dict[str, Any]:
    """Arguments of `APIClient.create_host_config`.

    No `init`: the tool server is process 1 and reaps orphans itself. Process 1 of a pid namespace gets no signal from
    inside that it did not ask for, so `kill -9 -1` cannot end the server; under `docker-init` it could.
    """
    limits = spec.policy.limits
    return {
        "auto_remove": True,
        "network_mode": "none",
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true", f"seccomp={seccomp.docker_profile()}"],
        "read_only": True,
        "ipc_mode": "private",
        "mem_limit": limits.memory_bytes,
        "memswap_limit": limits.memory_bytes,  # the sum with swap: none
        "pids_limit": limits.pids,
        "nano_cpus": round(limits.cpus * 1e9),
        "oom_score_adj": 500,  # when the machine itself runs short, a sandbox goes first
        "shm_size": _SHM_BYTES,
        "tmpfs": _scratch(spec),
        "ulimits": _ulimits(limits),
        "log_config": LogConfig(type="none"),  # else the engine writes every message to disk
        "mounts": [*_workspace(spec.workspace, labels), *_read_only(toolbox, spec)],
        **({"runtime": runtime} if runtime else {}),
    }


def _ulimits(limits: Limits) -> list[Ulimit]:
    return [
        Ulimit(name="core", soft=0, hard=0),
        Ulimit(name="nofile", soft=_OPEN_FILES, hard=_OPEN_FILES),
        Ulimit(name="fsize", soft=limits.file_bytes, hard=limits.file_bytes),
    ]


def _scratch(spec: SandboxSpec) -> dict[str, str]:
    limits, flags = spec.policy.limits, "rw,exec,nosuid,nodev"
    folders = {"/tmp": f"{flags},mode=1777,size={limits.tmp_bytes}"}  # noqa: S108
    if spec.workspace is None:  # owned, for runc gives it the mode of the image's folder, whatever is asked
        folders[WORKDIR] = f"{flags},uid={spec.uid},gid={spec.gid},size={limits.disk_bytes}"
    return folders


def _workspace(workspace: Workspace | None, labels: dict[str, str]) -> list[Mount]:
    match workspace:
        case OverlayWorkspace():
            options = {"type": "overlay", "device": "overlay", "o": f"nosuid,nodev,{overlay_layers(workspace)}"}
            mount = Mount(WORKDIR, None, type="volume", no_copy=True)
            # An anonymous volume: `auto_remove` takes it along in every ending of the container.
            driver = {"Name": "local", "Options": options}
            mount["VolumeOptions"] = {"NoCopy": True, "Labels": labels, "DriverConfig": driver}
            return [mount]
        case LateWorkspace(root):
            return [Mount(WORKDIR, str(root), type="bind", read_only=False, propagation="rslave")]
        case CopyWorkspace(root):
            return [_bind(WORKDIR, root, read_only=False)]
        case None:
            return []


def _read_only(toolbox: Toolbox, spec: SandboxSpec) -> list[Mount]:
    return [_bind(inside, path) for inside, path in {**toolbox.mounts, **spec.read_only}.items()]


def _bind(inside: str, path: Path, read_only: bool = True) -> Mount:
    return Mount(inside, str(path.absolute()), type="bind", read_only=read_only, propagation="rprivate")


def overlay_layers(workspace: OverlayWorkspace) -> str:
    """The options of an overlay mount that name its folders."""
    lower, upper, work = (_layer(path) for path in (workspace.lower, workspace.upper, workspace.work))
    return f"lowerdir={lower},upperdir={upper},workdir={work}"


def _layer(path: Path) -> str:
    """A path as an option of an overlay mount, where comma, colon and backslash have a meaning of their own."""
    text = str(path.absolute())
    for special in ("\\", ",", ":"):
        text = text.replace(special, "\\" + special)
    return text
