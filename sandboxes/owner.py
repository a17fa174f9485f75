"""Who answers for a sandbox: naming the current process, and telling later whether a named one still lives."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path

from sandboxes.contract import Owner

_PROC = Path("/proc")
_PREFIX = "sweagent.owner."


def boot_id() -> str:
    """This boot of this machine, as the kernel names it (proc(5), `random/boot_id`); empty where there is none."""
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def start_ticks(pid: int) -> int | None:
    """When process `pid` started, in clock ticks since boot; None where it does not live (a zombie counts as dead)."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    # The command name (field 2) is in brackets and may hold anything, so fields count from its last bracket.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in ("Z", "X") else int(fields[19])


def current_owner() -> Owner:
    """The owner that names this very process."""
    pid = os.getpid()
    return Owner(host=socket.gethostname(), boot_id=boot_id(), pid=pid, started=start_ticks(pid) or 0)


def is_alive(owner: Owner) -> bool:
    """Whether the owner's process still runs.

    An owner on another host counts as alive, for nobody here can tell; one from another boot of this host is dead.
    """
    if owner.host != socket.gethostname():
        return True
    return owner.boot_id == boot_id() and start_ticks(owner.pid) == owner.started


def to_labels(owner: Owner) -> dict[str, str]:
    """The owner as engine labels or a marker file's lines; `from_labels` reads them back."""
    return {
        f"{_PREFIX}host": owner.host,
        f"{_PREFIX}boot": owner.boot_id,
        f"{_PREFIX}pid": str(owner.pid),
        f"{_PREFIX}started": str(owner.started),
    }


def from_labels(labels: Mapping[str, str]) -> Owner | None:
    """The owner that `labels` name; None where they name none or are malformed."""
    try:
        return Owner(
            host=labels[f"{_PREFIX}host"],
            boot_id=labels[f"{_PREFIX}boot"],
            pid=int(labels[f"{_PREFIX}pid"]),
            started=int(labels[f"{_PREFIX}started"]),
        )
    except (KeyError, ValueError):
        return None


def marker(who: Owner, name: str) -> str:
    """A file name for what belongs to sandbox `name` of `who` on this machine; `read_marker` reads it back."""
    return f"{name}.{who.pid}.{who.started}.{who.boot_id}"


def read_marker(text: str) -> tuple[Owner, str] | None:
    """The owner and the sandbox's name in a `marker`; None where it is none."""
    parts = text.split(".")
    if len(parts) != 4 or not parts[1].isdigit() or not parts[2].isdigit():
        return None
    return Owner(host=socket.gethostname(), boot_id=parts[3], pid=int(parts[1]), started=int(parts[2])), parts[0]
