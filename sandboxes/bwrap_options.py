"""What a sandbox is to bubblewrap: a spec turned into a command line, pure but for listing the image's folders.

As root the command first enters a mount namespace of its own, so that the overlay and everything staged vanish with
the last process; then it drops to the sandbox's user, and only then runs bubblewrap.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from sandboxes.cgroup import Cgroup
from sandboxes.contract import WORKDIR, CopyWorkspace, OverlayWorkspace, SandboxSpec, Workspace
from sandboxes.docker_options import environment
from sandboxes.errors import StartFailed
from sandboxes.toolbox import Toolbox

STAGE = Path("/run/sweagent/stage")
"""A host folder that each sandbox covers with a file system of its own; it stays empty outside."""
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SHM_BYTES = 64 << 20
_OPEN_FILES = 4096
_OWN = ("dev", "proc", "sys", "tmp", "workspace")  # top folders of the image that the wall replaces

# $1 stage; $2 overlay or copy or none; then lower upper work, or the copy; then pairs of folder and name, closed by
# `--`; then control groups, closed by `--`; then the command. Sources are reached by links with plain names, for an
# overlay's options give a meaning to commas and colons.
_PREPARE = r"""
set -eu
stage=$1 kind=$2; shift 2
mount -t tmpfs -o mode=0755,size=1m,nosuid,nodev sweagent "$stage"
case $kind in
overlay)
    ln -s "$1" "$stage/l"; ln -s "$2" "$stage/u"; ln -s "$3" "$stage/w"; shift 3
    mkdir "$stage/ws"
    mount -t overlay -o "nosuid,nodev,lowerdir=$stage/l,upperdir=$stage/u,workdir=$stage/w" overlay "$stage/ws" ;;
copy)
    mkdir "$stage/ws"; mount --bind "$1" "$stage/ws"; mount -o remount,bind,nosuid,nodev "$stage/ws"; shift ;;
esac
while [ "$1" != -- ]; do
    if [ -d "$1" ]; then mkdir "$stage/$2"; else : > "$stage/$2"; fi
    mount --bind "$1" "$stage/$2"; shift 2
done
shift
while [ "$1" != -- ]; do echo $$ > "$1"; shift; done
shift
echo 500 > /proc/self/oom_score_adj
exec "$@"
"""


def command(spec: SandboxSpec, rootfs: Path, toolbox: Toolbox, group: Cgroup, filter_fd: int) -> list[str]:
    """The whole command line of a sandbox; `filter_fd` is where bubblewrap reads the system call filter.

    Raises:
        StartFailed: the spec asks for what may not be, or what needs root.
    """
    if spec.uid <= 0 or spec.gid <= 0:
        raise StartFailed("a sandbox never runs as root: uid and gid must be above 0")
    shown = {**toolbox.mounts, **spec.read_only, **group.shown()}
    limits = spec.policy.limits
    rlimits = ["prlimit", "--core=0", f"--nofile={_OPEN_FILES}", f"--fsize={limits.file_bytes}"]
    if os.geteuid() != 0:
        if isinstance(spec.workspace, OverlayWorkspace):
            raise StartFailed("bubblewrap without root has no overlays: use a copied workspace")
        copied = spec.workspace.root if isinstance(spec.workspace, CopyWorkspace) else None
        return [*rlimits, f"--nproc={limits.pids}", *_bwrap(spec, rootfs, rootfs, shown, copied, toolbox, filter_fd)]
    staged = {inside: STAGE / f"m{number}" for number, inside in enumerate(shown)}
    pairs = [part for inside, path in shown.items() for part in (str(path.absolute()), staged[inside].name)]
    pairs += [str(rootfs), "root"]
    user = ["setpriv", f"--reuid={spec.uid}", f"--regid={spec.gid}", "--clear-groups", "--no-new-privs"]
    workspace = STAGE / "ws" if spec.workspace is not None else None
    inner = _bwrap(spec, rootfs, STAGE / "root", staged, workspace, toolbox, filter_fd)
    prepare = ["sh", "-c", _PREPARE, "prepare", str(STAGE), *_workspace(spec.workspace), *pairs, "--"]
    return ["unshare", "-m", *prepare, *map(str, group.entrances), "--", *rlimits, *user, *inner]


def _bwrap(
    spec: SandboxSpec,
    rootfs: Path,
    root: Path,
    shown: Mapping[str, Path],
    workspace: Path | None,
    toolbox: Toolbox,
    filter_fd: int,
) -> list[str]:
    limits = spec.policy.limits
    line = ["bwrap", "--unshare-all", "--unshare-user", "--disable-userns", "--uid", str(spec.uid)]
    line += ["--gid", str(spec.gid), "--hostname", "sandbox", "--die-with-parent", "--new-session", "--as-pid-1"]
    line += ["--cap-drop", "ALL", "--seccomp", str(filter_fd), "--clearenv"]
    for name, value in {"PATH": _PATH, **environment(spec)}.items():
        line += ["--setenv", name, value]
    line += _root(rootfs, root, PurePosixPath("/"), [PurePosixPath(inside) for inside in shown])
    line += ["--proc", "/proc", "--dev", "/dev", "--size", str(_SHM_BYTES), "--perms", "1777", "--tmpfs", "/dev/shm"]  # noqa: S108
    line += ["--size", str(limits.tmp_bytes), "--perms", "1777", "--tmpfs", "/tmp"]  # noqa: S108
    for secret in ("keys", "key-users", "kcore", "timer_list"):
        if Path("/proc", secret).exists():
            line += ["--ro-bind", "/dev/null", f"/proc/{secret}"]
    for inside, path in sorted(shown.items(), key=lambda item: item[0].count("/")):
        line += ["--ro-bind", str(path), inside]
    if workspace is not None:
        line += ["--bind", str(workspace), WORKDIR]
    else:
        line += ["--size", str(limits.disk_bytes), "--perms", "1777", "--tmpfs", WORKDIR]
    return [*line, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", WORKDIR, "--", *toolbox.command]


def _root(rootfs: Path, source: Path, at: PurePosixPath, mounted: list[PurePosixPath]) -> list[str]:
    """Bind the image's entries one by one, so that there is room for mount points which the image lacks.

    `rootfs` is where the image can be listed, `source` where bubblewrap will find it.
    """
    line: list[str] = []
    for entry in sorted((rootfs / at.relative_to("/")).iterdir()):
        inside = at / entry.name
        if (at == PurePosixPath("/") and entry.name in _OWN) or inside in mounted:
            continue
        if entry.is_symlink():
            line += ["--symlink", str(entry.readlink()), str(inside)]
        elif any(inside in point.parents for point in mounted) and entry.is_dir():
            line += ["--perms", "0755", "--dir", str(inside), *_root(rootfs, source, inside, mounted)]
        else:
            line += ["--ro-bind", str(source / inside.relative_to("/")), str(inside)]
    return line


def _workspace(workspace: Workspace | None) -> list[str]:
    match workspace:
        case OverlayWorkspace(lower, upper, work):
            return ["overlay", *(str(path.absolute()) for path in (lower, upper, work))]
        case CopyWorkspace(root):
            return ["copy", str(root.absolute())]
        case None:
            return ["none"]
