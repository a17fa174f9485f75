"""Starts another process of the interpreter that runs the server, even one that was started through its own loader."""

from __future__ import annotations

import sys
from pathlib import Path


def python_command(module: str, *arguments: str) -> list[str]:
    """The command line that runs `module`'s ``main()`` in isolated mode with this `tools` package on its path.

    Where the interpreter was started as ``ld.so --library-path … python3``, those words are kept.
    """
    root = str(Path(__file__).resolve().parent.parent)
    code = f"import sys; sys.path[:0] = [{root!r}, *{_extra_paths()!r}]; from {module} import main; main()"
    return [*_loader(), sys.executable or sys.orig_argv[0], "-I", "-B", "-c", code, *arguments]


def beside_python(program: str) -> list[str]:
    """The words that start `program` of the toolbox, whose loader and libraries the image may lack."""
    return [*_loader(), program]


def _loader() -> list[str]:
    """The words before Python's own in the command line of this process."""
    try:
        words = [word.decode() for word in Path("/proc/self/cmdline").read_bytes().split(b"\0")[:-1]]
    except (OSError, UnicodeDecodeError):
        return []
    extra = len(words) - len(sys.orig_argv)
    return words[:extra] if extra > 0 and words[extra:] == sys.orig_argv else []


def _extra_paths() -> list[str]:
    """Folders with our libraries that isolated mode would not find by itself."""
    return [path for path in sys.path if path and path.startswith("/opt/sweagent/")]
