"""Limits by control group for walls without an engine: memory, processes and CPU, on cgroup v1 and v2, as root.

References: Linux `Documentation/admin-guide/cgroup-v1/` and `cgroup-v2.rst`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from sandboxes import owner
from sandboxes.contract import Limits, Owner

_ROOT = Path("/sys/fs/cgroup")
_PARENT = "sweagent"
_CONTROLLERS = ("memory", "pids", "cpu")
_PERIOD = 100_000  # microseconds
_EMPTY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Cgroup:
    """One sandbox's groups: controller → folder. On v2 it is the same folder for each."""

    folders: dict[str, Path]

    @property
    def entrances(self) -> list[Path]:
        """The files into which a process writes its own id to enter."""
        return sorted({folder / "cgroup.procs" for folder in self.folders.values()})

    def shown(self) -> dict[str, Path]:
        """What the tool server may read to name a limit: path inside → host folder (v1 and v2 differ inside too)."""
        if _is_v2():
            return {"/sys/fs/cgroup": self.folders["memory"]} if "memory" in self.folders else {}
        return {f"/sys/fs/cgroup/{name}": folder for name, folder in self.folders.items() if name != "cpu"}

    def memory_kills(self) -> int:
        """How often the kernel killed something inside for memory."""
        folder = self.folders.get("memory")
        if folder is None:
            return 0
        with contextlib.suppress(OSError):
            for line in (folder / ("memory.events" if _is_v2() else "memory.oom_control")).read_text().splitlines():
                name, _, count = line.partition(" ")
                if name == "oom_kill":
                    return int(count)
        return 0

    async def remove(self) -> bool:
        """Kill what is left inside and remove the groups; False where something would not die."""
        for _ in range(round(_EMPTY_SECONDS / 0.01)):
            for pid in self._members():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if self._removed():
                return True
            await asyncio.sleep(0.01)  # the dying still count for a moment
        return False

    def _removed(self) -> bool:
        gone = True
        for folder in set(self.folders.values()):
            try:
                folder.rmdir()
            except FileNotFoundError:
                continue
            except OSError:
                gone = False
        return gone

    def _members(self) -> set[int]:
        found: set[int] = set()
        for file in self.entrances:
            with contextlib.suppress(OSError):
                found.update(int(line) for line in file.read_text().split())
        return found


def enforceable() -> tuple[str, ...]:
    """The controllers that this process can use here; empty without root."""
    if os.geteuid() != 0:
        return ()
    if _is_v2():
        with contextlib.suppress(OSError):
            offered = (_ROOT / "cgroup.controllers").read_text().split()
            return tuple(name for name in _CONTROLLERS if name in offered)
        return ()
    return tuple(name for name in _CONTROLLERS if (_ROOT / name / "cgroup.procs").exists())


def create(name: str, limits: Limits) -> Cgroup:
    """Make the groups of one sandbox of this process, with what of `limits` can be enforced."""
    marker = owner.marker(owner.current_owner(), name)
    folders: dict[str, Path] = {}
    for controller in enforceable():
        parent = _ROOT / _PARENT if _is_v2() else _ROOT / controller / _PARENT
        with contextlib.suppress(OSError):
            parent.mkdir(exist_ok=True)
            if _is_v2():
                for level in (_ROOT, parent):
                    (level / "cgroup.subtree_control").write_text(f"+{controller}")
            folder = parent / marker
            folder.mkdir(exist_ok=True)
            for file, value in _settings(controller, limits):
                if (folder / file).exists():
                    (folder / file).write_text(value)
            folders[controller] = folder
    return Cgroup(folders)


def orphans() -> list[tuple[str, Owner, Cgroup]]:
    """Every group of ours on this machine: the sandbox's name, who made it, and the group itself."""
    found: dict[str, dict[str, Path]] = {}
    for controller in _CONTROLLERS:
        parent = _ROOT / _PARENT if _is_v2() else _ROOT / controller / _PARENT
        if parent.is_dir():
            for folder in parent.iterdir():
                if folder.is_dir():
                    found.setdefault(folder.name, {})[controller] = folder
    read = ((owner.read_marker(marker), folders) for marker, folders in found.items())
    return [(who[1], who[0], Cgroup(folders)) for who, folders in read if who is not None]


def _settings(controller: str, limits: Limits) -> list[tuple[str, str]]:
    quota = round(limits.cpus * _PERIOD)
    match controller, _is_v2():
        case "memory", True:
            return [("memory.max", str(limits.memory_bytes)), ("memory.swap.max", "0"), ("memory.oom.group", "0")]
        case "memory", False:
            memory = str(limits.memory_bytes)
            return [("memory.limit_in_bytes", memory), ("memory.memsw.limit_in_bytes", memory)]
        case "pids", _:
            return [("pids.max", str(limits.pids))]
        case _, True:
            return [("cpu.max", f"{quota} {_PERIOD}")]
        case _:
            return [("cpu.cfs_period_us", str(_PERIOD)), ("cpu.cfs_quota_us", str(quota))]


def _is_v2() -> bool:
    return (_ROOT / "cgroup.controllers").exists()
