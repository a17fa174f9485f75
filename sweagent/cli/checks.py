"""The checks of `sweagent doctor`: each looks at one part of the machine and never raises for what it finds."""

from __future__ import annotations

import asyncio
import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from sandboxes.cache import cache_home
from sandboxes.errors import SandboxError
from sweagent.core.errors import StoreError
from sweagent.store.location import state_home, store_url

State = Literal["ok", "missing", "broken"]

KEYS = (
    "ANTHROPIC_API_KEY", "AZURE_API_KEY", "DEEPSEEK_API_KEY", "GEMINI_API_KEY", "GROQ_API_KEY", "MISTRAL_API_KEY",
    "OPENAI_API_KEY", "OPENROUTER_API_KEY", "TOGETHERAI_API_KEY", "XAI_API_KEY",
)  # fmt: skip
"""Environment variables whose presence is reported; their values are never read into a row."""

DEFAULT_BACKEND = "docker"

GIB = 1 << 30
LEAST_FREE = 2 * GIB
TIMEOUT = 20.0


@dataclass(frozen=True, slots=True)
class Row:
    """What a check found. `needed` marks the parts that solving an issue by default rests on."""

    name: str
    state: State
    detail: str
    mend: str | None = None
    needed: bool = False

    def record(self) -> dict[str, Any]:
        """The row for JSON."""
        return asdict(self)


def default_path_works(rows: Sequence[Row]) -> bool:
    """Whether everything is there that solving an issue by default needs."""
    return all(row.state == "ok" for row in rows if row.needed)


async def check_all() -> list[Row]:
    """Run every check, those that may wait at the same time."""
    from sandboxes.backends import BACKENDS

    walls = await asyncio.gather(
        check_git(), *(check(name) for name in BACKENDS for check in (check_backend, check_image))
    )
    rest = [check_toolbox(), check_store(), *check_disk(), check_overlay(), check_litellm(), check_keys()]
    return [check_python(), *walls, *rest]


def check_python() -> Row:
    """Which interpreter this is; the package does not install on one that is too old."""
    return Row("python", "ok", f"{platform.python_version()} at {sys.executable}", needed=True)


async def check_git() -> Row:
    """Git is there, and new enough for partial control over what a repository's own configuration may do."""
    mend = "apt-get install git"
    try:
        process = await asyncio.create_subprocess_exec(
            "git", "--version", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(TIMEOUT):
            output, _ = await process.communicate()
    except (OSError, TimeoutError) as error:
        return Row("git", "missing", str(error) or "does not answer", mend, needed=True)
    words = output.decode(errors="replace").split()
    version = words[2] if len(words) > 2 else "?"
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    return Row("git", "ok" if numbers >= (2, 30) else "broken", f"{version} (2.30 or newer works)", mend, needed=True)


async def check_backend(name: str) -> Row:
    """A kind of sandbox can work here."""
    from sandboxes.backends import get_backend

    needed = name == DEFAULT_BACKEND
    try:
        async with asyncio.timeout(TIMEOUT):
            probe = await get_backend(name).probe()
    except TimeoutError:
        return Row(name, "broken", f"does not answer within {TIMEOUT:.0f} s", needed=needed)
    return Row(name, "ok" if probe.ok else "missing", probe.detail, probe.mend, needed=needed)


async def check_image(backend: str) -> Row:
    """The base image for a kind of sandbox has been made."""
    from sandboxes.images import require_image

    name, needed = f"{backend} image", backend == DEFAULT_BACKEND
    try:
        async with asyncio.timeout(TIMEOUT):
            return Row(name, "ok", await require_image(backend), needed=needed)
    except TimeoutError:
        return Row(name, "broken", f"the engine does not answer within {TIMEOUT:.0f} s", needed=needed)
    except SandboxError as error:
        return Row(name, "missing", str(error), error.mend, needed=needed)


def check_toolbox() -> Row:
    """The toolbox has been built. Nothing breaks without: the first sandbox builds it, which takes some seconds."""
    folder = cache_home() / "toolbox"
    if any(folder.glob("runtime-*")):
        return Row("toolbox", "ok", f"built in {folder}")
    return Row("toolbox", "missing", "the first sandbox will build it", "sweagent sandbox build-toolbox")


def check_store() -> Row:
    """The event log opens."""
    from sweagent.store.sync import SyncEventLog

    try:
        with SyncEventLog.open() as log:
            count = len(log.runs())
    except StoreError as error:
        return Row("store", "broken", str(error), needed=True)
    place = store_url()
    shown = str(place) if isinstance(place, Path) else "the database that SWEAGENT_STORE names"
    return Row("store", "ok", f"{count} runs in {shown}", needed=True)


def check_disk() -> list[Row]:
    """There is room where state and caches are kept."""
    return [_disk("state", state_home()), _disk("cache", cache_home())]


def _disk(name: str, folder: Path) -> Row:
    there = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(there).free
    detail = f"{free / GIB:.1f} GiB free in {folder}"
    mend = f"free some space under {there}"
    return Row(name, "ok" if free >= LEAST_FREE else "broken", detail, mend, needed=True)


def check_overlay() -> Row:
    """The kernel has overlay file systems; without them workspaces are copies."""
    try:
        known = "overlay" in Path("/proc/filesystems").read_text(encoding="ascii").split()
    except OSError as error:
        return Row("overlay", "missing", f"cannot be told: {error.strerror}")
    if known:
        return Row("overlay", "ok", "the kernel has it")
    return Row("overlay", "missing", "not loaded: workspaces are copied instead", "modprobe overlay")


def check_litellm() -> Row:
    """The gateway to models is installed (looked up, not imported: importing it costs seconds)."""
    try:
        return Row("litellm", "ok", importlib.metadata.version("litellm"))
    except importlib.metadata.PackageNotFoundError:
        return Row("litellm", "missing", "only `repair` works without it", "pip install 'sweagent-lead[models]'")


def check_keys() -> Row:
    """Which model keys are set, by name."""
    found = [name for name in KEYS if os.environ.get(name)]
    if found:
        return Row("keys", "ok", ", ".join(found))
    return Row("keys", "missing", "none set; `repair` and local models need none", "export OPENAI_API_KEY=…")
