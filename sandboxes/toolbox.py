"""The toolbox: a read-only Python with the tools, mounted into any image, which needs nothing of its own.

Two layers, so that editing a tool rebuilds a few files and not the runtime:

    /opt/sweagent        the runtime: bin/ (python3, rg), lib/ (ld.so, stdlib, libraries), site/, toolbox.json
    /opt/sweagent/app    the tools: start.py, tools/

`toolbox.json` tells the tools how to start a program of the runtime: `launch` (the loader with its options, to be
put before the program), `python`, and `ripgrep` (null where the host had none).
"""

from __future__ import annotations

import compileall
import hashlib
import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode

from sandboxes import harvest
from sandboxes.cache import cache_home, publish
from sandboxes.errors import BackendUnavailable
from sandboxes.payload import tools_folder

MOUNT = "/opt/sweagent"
LAUNCH = (f"{MOUNT}/lib/ld.so", "--inhibit-cache", "--library-path", f"{MOUNT}/lib")
_PYTHON = f"{MOUNT}/bin/python3"
_FORMAT = "1"  # raise it when the layout changes
_SMOKE = (
    "import ast, ctypes, hashlib, json, re, selectors, sqlite3, subprocess, threading; hashlib.sha256(b'').digest()"
)


@dataclass(frozen=True, slots=True)
class Toolbox:
    """A built toolbox: two host folders, and how they are used inside."""

    runtime: Path
    app: Path

    @property
    def mounts(self) -> dict[str, Path]:
        """Path inside → host folder, outer before inner, all read-only."""
        return {MOUNT: self.runtime, f"{MOUNT}/app": self.app}

    @property
    def command(self) -> tuple[str, ...]:
        """The sandbox's main process."""
        return (*LAUNCH, _PYTHON, "-I", "-S", "-B", f"{MOUNT}/app/start.py")


def ensure_toolbox(
    cache: Path | None = None, tools: Path | None = None, say: Callable[[str], None] | None = None
) -> Toolbox:
    """The toolbox for this host's Python and the present tools, built if it is not there yet (blocking).

    `cache` defaults to `toolbox/` in the cache folder; `tools` to the shipped tools. Takes milliseconds when nothing
    changed: the runtime is keyed by what identifies its parts, the tools layer by content.

    Raises:
        BackendUnavailable: this host's Python cannot be harvested.
    """
    home = cache or cache_home() / "toolbox"
    runtime = home / f"runtime-{_runtime_key()}"
    if say is not None and not runtime.exists():
        say("building the toolbox (once for this Python)")
    publish(runtime, _build_runtime)
    return Toolbox(runtime, ensure_tools(home, tools or tools_folder()))


def ensure_tools(home: Path, tools: Path) -> Path:
    """The tools layer for the folder `tools`, in `home`; built if it is not there yet."""
    files = _tool_files(tools)
    return publish(home / f"tools-{_tools_key(files)}", lambda folder: _build_app(folder, files))


def _distributions() -> list[tuple[str, Path]]:
    """Installed tree-sitter distributions (`name-version`) and the folder each is in, by the names of their records."""
    found: dict[str, Path] = {}
    for entry in sys.path:
        folder = Path(entry)
        if folder.is_dir():
            for record in folder.glob("tree_sitter*.dist-info"):
                found.setdefault(record.name.removesuffix(".dist-info"), folder)
    return sorted(found.items())


def _ripgrep() -> Path | None:
    place = shutil.which("rg")
    return Path(place).resolve() if place else None


def _runtime_key() -> str:
    # Whole files are not hashed: that would cost a tenth of a second at each start. Size and time tell them apart.
    parts = [_FORMAT, sys.version, platform.machine(), *(name for name, _ in _distributions())]
    for path in (harvest.interpreter(), harvest.stdlib() / "os.py", _ripgrep()):
        if path is not None:
            status = path.stat()
            parts.append(f"{path} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _build_runtime(folder: Path) -> None:
    if not any(name.startswith("tree_sitter-") for name, _ in _distributions()):
        raise BackendUnavailable(
            "tree-sitter is not installed in this Python, and without it the tools cannot be built",
            mend="pip install --upgrade sweagent-lead",
        )
    binaries = harvest.copy_python(folder)
    site = folder / "site"
    site.mkdir()
    for name, source in _distributions():
        package = source / name.rpartition("-")[0]
        if package.is_dir():
            binaries += harvest.copy_modules(package, site / package.name)
    ripgrep = _ripgrep()
    if ripgrep is not None:
        shutil.copyfile(ripgrep, folder / "bin" / "rg")
        (folder / "bin" / "rg").chmod(0o755)
        binaries.append(folder / "bin" / "rg")
    harvest.copy_libraries(binaries, folder / "lib")
    harvest.strip(folder)
    (folder / "app").mkdir()  # the tools layer is mounted here
    about = {"launch": LAUNCH, "python": _PYTHON, "ripgrep": f"{MOUNT}/bin/rg" if ripgrep else None}
    (folder / "toolbox.json").write_text(json.dumps(about), encoding="utf-8")
    _smoke(folder)


def _smoke(folder: Path) -> None:
    """Refuse a copy that does not run, before anyone can mount it."""
    has_grammars = any((folder / "site").iterdir())
    code = f"import sys; sys.path.insert(0, {str(folder / 'site')!r}); {_SMOKE}" + "; import tree_sitter" * has_grammars
    library = str(folder / "lib")
    command = [f"{library}/ld.so", "--inhibit-cache", "--library-path", library, str(folder / "bin" / "python3")]
    done = subprocess.run([*command, "-I", "-S", "-B", "-c", code], capture_output=True, text=True, check=False, env={})
    if done.returncode != 0:
        reason = done.stderr.strip().rpartition("\n")[2] or f"exit status {done.returncode}"
        raise BackendUnavailable(f"this Python does not run from a copy, so no toolbox can be built: {reason}")


def _tool_files(tools: Path) -> dict[str, bytes]:
    files = {"start.py": (Path(__file__).resolve().parent / "start.py").read_bytes()}
    for path in sorted(tools.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            files[f"tools/{path.relative_to(tools).as_posix()}"] = path.read_bytes()
    return files


def _tools_key(files: dict[str, bytes]) -> str:
    digest = hashlib.sha256(f"{_FORMAT} {sys.implementation.cache_tag}".encode())
    for name, content in files.items():
        digest.update(f"\0{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def _build_app(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    # Tools are read-only and keyed by content, so their byte code need not be compared with the source at each start.
    compileall.compile_dir(str(folder), quiet=2, stripdir=str(folder), prependdir=f"{MOUNT}/app",
                           invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)  # fmt: skip
