"""What a process or a sandbox takes of this machine's memory, as the kernel counts it. All in bytes."""

from __future__ import annotations

from pathlib import Path


def proportional_bytes(pid: int) -> int:
    """The process's own pages and its share of shared ones (proc(5), smaps_rollup, Pss)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def control_group_bytes(pid: int) -> int:
    """All that the memory control group of `pid` is charged with: processes, kernel memory, tmpfs, cached files."""
    for line in Path(f"/proc/{pid}/cgroup").read_text(encoding="ascii").splitlines():
        _, controllers, path = line.split(":", 2)
        inside = path.lstrip("/")
        if "memory" in controllers.split(","):
            return int((Path("/sys/fs/cgroup/memory") / inside / "memory.usage_in_bytes").read_text())
        if not controllers and (file := Path("/sys/fs/cgroup") / inside / "memory.current").exists():
            return int(file.read_text())
    return 0


def peak_bytes() -> int:
    """The largest resident size of this process since `forget_peak` (proc(5), VmHWM)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def forget_peak() -> None:
    """Start the peak anew (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
