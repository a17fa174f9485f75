"""Make a root file system from a distribution's packages, for where no registry can be reached (blocking)."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from sandboxes.errors import BackendUnavailable
from sandboxes.images.recipe import USER, Recipe

Say = Callable[[str], None]

_NO_DOCS = ("/usr/share/man/*", "/usr/share/locale/*", "/usr/share/doc/*", "/usr/share/info/*", "/var/cache/*")
_LAST_RELEASE = "bookworm"
_SETTLE = (
    f"echo '{USER}:x:1000:1000::/tmp:/bin/bash' >> \"$1/etc/passwd\"",
    f"echo '{USER}:x:1000:' >> \"$1/etc/group\"",
    'mkdir -p "$1/workspace" "$1/opt/sweagent" "$1/var/cache/apt/archives/partial"',
    "printf '127.0.0.1 localhost\\n::1 localhost\\n' > \"$1/etc/hosts\"",
    # Nothing of the machine that built it: mmdebstrap copies these two in.
    'rm -f "$1/etc/resolv.conf" "$1/etc/hostname"',
)


def bootstrap(recipe: Recipe, archive: Path, say: Say) -> None:
    """Write the recipe's root file system to `archive` (tar).

    Raises:
        BackendUnavailable: no program for it here, or it failed; says which.
    """
    say(f"no registry answers: making {recipe.tag} from {_suite()} packages (a minute or less)")
    if shutil.which("mmdebstrap") is not None:
        _run(_mmdebstrap(recipe, archive), say)
    elif shutil.which("debootstrap") is not None and os.geteuid() == 0:
        _debootstrap(recipe, archive, say)
    else:
        raise BackendUnavailable(
            "no registry answers, and there is no mmdebstrap to make an image without one",
            mend="apt-get install -y mmdebstrap",
        )


def _mmdebstrap(recipe: Recipe, archive: Path) -> list[str]:
    excluded = [f"--dpkgopt=path-exclude={pattern}" for pattern in _NO_DOCS]
    settle = [f"--customize-hook={command}" for command in _SETTLE]
    return [
        "mmdebstrap", "--variant=essential", "--format=tar", "--dpkgopt=force-unsafe-io", *excluded,
        '--aptopt=Apt::Install-Recommends "false"', *settle, f"--include={','.join(recipe.packages)}",
        _suite(), str(archive),
    ]  # fmt: skip


def _debootstrap(recipe: Recipe, archive: Path, say: Say) -> None:
    root = archive.with_suffix(".root")
    try:
        include = f"--include={','.join(recipe.packages)}"
        _run(["debootstrap", "--variant=minbase", include, _suite(), str(root)], say)
        for command in _SETTLE:
            _run(["sh", "-c", command, "settle", str(root)], say)
        kept_out = [f"--exclude=.{pattern}" for pattern in (*_NO_DOCS, "/dev/*", "/proc/*", "/sys/*")]
        _run(["tar", "--numeric-owner", *kept_out, "-C", str(root), "-cf", str(archive), "."], say)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _run(command: list[str], say: Say) -> None:
    """Run a builder, passing on the stages that it names."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        last = ""
        for line in process.stderr or ():
            last = line.strip() or last
            if line.startswith("I: ") and line.rstrip().endswith("..."):
                say(f"  {line[3:].rstrip()}")
    if process.returncode != 0:
        raise BackendUnavailable(f"{command[0]} failed: {last or process.returncode}")


def _suite() -> str:
    """The Debian release to take: the host's own where it is Debian. Mirrors are the builder's usual ones."""
    try:
        about = platform.freedesktop_os_release()
    except OSError:
        about = {}
    return about.get("VERSION_CODENAME", _LAST_RELEASE) if about.get("ID") == "debian" else _LAST_RELEASE
