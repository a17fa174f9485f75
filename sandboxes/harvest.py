"""Copy the host's Python into a folder that runs in any image: interpreter, stdlib, extensions, libraries, loader.

Nothing is rewritten: the copied `ld.so` is started by hand with `--library-path`, so every shared object is found in
the copy whatever its own search path says (ld.so(8)).
"""

from __future__ import annotations

import compileall
import fnmatch
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from sandboxes.errors import BackendUnavailable

_STDLIB_LEFT_OUT = (
    "__pycache__", "config-*", "dist-packages", "distutils", "ensurepip", "idlelib", "lib2to3", "lib-dynload",
    "pydoc_data", "site-packages", "test", "tests", "tkinter", "turtle.py", "turtledemo", "venv", "_pyrepl", "*.a",
)  # fmt: skip
# TLS and its library are 6 MB that a place without a network has no use for; hashlib falls back to built-in hashes.
_EXTENSIONS_LEFT_OUT = (
    "_ctypes_test*", "_curses*", "_dbm*", "_gdbm*", "_hashlib*", "_ssl*", "_test*", "_tkinter*", "_xxtest*", "nis.*",
    "ossaudiodev*", "readline*", "xx*",
)  # fmt: skip


def interpreter() -> Path:
    """The real executable of the Python that runs now, outside any virtual environment."""
    return Path(getattr(sys, "_base_executable", None) or sys.executable).resolve()


def stdlib() -> Path:
    """The folder of that Python's standard library."""
    return Path(sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix, "base": sys.base_prefix}))


def copy_python(target: Path) -> list[Path]:
    """Copy interpreter and trimmed standard library under `target`; returns the copied ELF files."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    source = stdlib()
    executable = target / "bin" / "python3"
    executable.parent.mkdir(parents=True)
    shutil.copyfile(interpreter(), executable)
    executable.chmod(0o755)
    library = target / "lib" / version
    copy_modules(source, library, _STDLIB_LEFT_OUT)
    extensions = Path(sysconfig.get_config_var("DESTSHARED") or source / "lib-dynload")
    if not extensions.is_dir():
        extensions = source / "lib-dynload"
    # The interpreter looks for its extensions under its `platlibdir` (`lib64` on some distributions).
    dynload = target / sys.platlibdir / version / "lib-dynload"
    dynload.mkdir(parents=True, exist_ok=True)
    copied = [executable]
    for path in sorted(extensions.glob("*.so")):
        if not _matches(path.name, _EXTENSIONS_LEFT_OUT):
            shutil.copy2(path, dynload / path.name)
            copied.append(dynload / path.name)
    return copied


def copy_modules(source: Path, target: Path, left_out: Iterable[str] = ("__pycache__",)) -> list[Path]:
    """Copy a tree of modules with valid byte code beside each; returns the copied shared objects.

    Links are followed: some distributions link parts of the library elsewhere.
    """
    patterns = tuple(left_out)
    shutil.copytree(source, target, ignore=lambda _, names: {n for n in names if _matches(n, patterns)})
    for compiled in source.rglob(f"__pycache__/*.{sys.implementation.cache_tag}.pyc"):
        place = target / compiled.relative_to(source)
        if place.parent.parent.is_dir() and (place.parent.parent / f"{compiled.name.split('.')[0]}.py").exists():
            place.parent.mkdir(exist_ok=True)
            shutil.copy2(compiled, place)
    # Only what has no byte code yet, or a stale one, is compiled; files of other Python versions may not compile.
    compileall.compile_dir(str(target), quiet=2, maxlevels=20)
    return [path for path in target.rglob("*.so") if path.is_file()]


def copy_libraries(binaries: Iterable[Path], target: Path) -> None:
    """Copy the loader (as `ld.so`) and every library that `binaries` need into `target`.

    Raises:
        BackendUnavailable: a library is missing on this host, or `ldd` is.
    """
    found, loader, missing = _closure([str(path) for path in binaries])
    # The C library loads this one by name when a thread ends early (pthread_exit(3)).
    libc = found.get("libc.so.6")
    if libc is not None and (libc.parent / "libgcc_s.so.1").exists():
        found.setdefault("libgcc_s.so.1", libc.parent / "libgcc_s.so.1")
    if missing - found.keys() or loader is None:
        what = ", ".join(sorted(missing - found.keys())) or "the dynamic loader"
        raise BackendUnavailable(f"the toolbox cannot be built: {what} not found on this machine")
    target.mkdir(parents=True, exist_ok=True)
    for name, path in found.items():
        shutil.copyfile(path, target / name)
        (target / name).chmod(0o755)
    shutil.copyfile(loader, target / "ld.so")
    (target / "ld.so").chmod(0o755)


def strip(folder: Path) -> None:
    """Drop debugging symbols where binutils is at hand: about a quarter of the size, and nothing else."""
    command = shutil.which("strip")
    if command is not None:
        objects = [str(path) for path in folder.rglob("*") if path.is_file() and _is_elf(path)]
        subprocess.run([command, "--strip-debug", *objects], capture_output=True, check=False)


def _is_elf(path: Path) -> bool:
    with path.open("rb") as handle:
        return handle.read(4) == b"\x7fELF"


def _closure(binaries: list[str]) -> tuple[dict[str, Path], Path | None, set[str]]:
    try:
        listing = subprocess.run(["ldd", *binaries], capture_output=True, text=True, check=False).stdout
    except FileNotFoundError as error:
        raise BackendUnavailable("the toolbox cannot be built: no `ldd` here (a glibc system is needed)") from error
    found = {name: Path(path) for name, path in re.findall(r"^\s+(\S+) => (/\S+) \(0x", listing, re.MULTILINE)}
    loaders = re.findall(r"^\s+(/\S*ld-\S+) \(0x", listing, re.MULTILINE)
    missing = set(re.findall(r"^\s+(\S+) => not found", listing, re.MULTILINE))
    return found, Path(loaders[0]).resolve() if loaders else None, missing


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
