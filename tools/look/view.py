"""Shows a file with line numbers, or a folder, in bounded size; any part of a file of any size can be paged."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from tools import text
from tools.index.address import resolve, written
from tools.index.session import index_of
from tools.index.symbols.located import shown_lines
from tools.paths import missing, readable, shown_path
from tools.registry import Call, Result, ToolFailure

MAX_CHARS = 32_000
MAX_LINE = 2_000
MAX_ENTRIES = 300
_CLOSED = frozenset({".git", "node_modules", "__pycache__", ".venv", ".tox", ".mypy_cache", ".pytest_cache"})
_CHUNK = 1 << 20
_COUNTED = 64 << 20
"""Files up to this size have their lines counted to the end."""


def view(arguments: dict[str, Any], call: Call) -> Result:
    """Show a file, a part of it, a symbol, or a folder."""
    path = readable(call.workspace, arguments["path"])
    if arguments.get("symbol") or ("::" in arguments["path"] and not os.path.lexists(path)):
        return _symbol(arguments, call)
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        if path.is_symlink():
            raise ToolFailure(f"{arguments['path']} is a link to {path.readlink()}, which does not exist") from None
        raise missing(call.workspace, arguments["path"], path) from None
    if stat.S_ISDIR(mode):
        return Result(listing(path, call.workspace))
    if not stat.S_ISREG(mode):
        raise ToolFailure(f"{arguments['path']} is not a plain file")
    first, last = _range(arguments.get("view_range"))
    page = read_page(path, first, last)
    return Result(_shown(shown_path(call.workspace, path), page, last))


def _symbol(arguments: dict[str, Any], call: Call) -> Result:
    """Show the lines of one definition and of what is attached to it: ``path::name``, or `symbol` beside `path`."""
    if arguments.get("view_range"):
        raise ToolFailure("give either a symbol or view_range, not both")
    given, name = arguments["path"], arguments.get("symbol")
    index = index_of(call)
    hit = resolve(index, name, given) if name else resolve(index, given)
    first, last = shown_lines(index, hit)
    page = read_page(readable(call.workspace, hit.path), first, last)
    return Result(f"{written(hit)}, lines {first}-{last}\n{_shown(hit.path, page, last)}")


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines of a file, numbered from `first`; `total` lines in all, None where they were not counted."""

    first: int
    lines: list[str]
    total: int | None
    size: int
    encoding: str = "utf-8"
    binary: bool = False


def read_page(path: Path, first: int, last: int | None) -> Page:
    """Lines `first` to `last` (None: to the end), as many as fit into `MAX_CHARS`.

    Raises:
        OSError: it cannot be read.
    """
    # Without O_NONBLOCK, a pipe that took the file's place since it was looked at would block for ever.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        start = file.read(8192)
        whole = start[: start.rfind(b"\n") + 1] or start
        sample = text.decode(whole)
        if sample.encoding.startswith(("utf-16", "utf-32")) or text.decode(start).encoding.startswith("utf-16"):
            decoded = text.decode(start + file.read(_COUNTED))
            return _of_text(decoded, first, last, size)
        if sample.binary:
            return Page(
                1, [start[at : at + 16].hex(" ") for at in range(0, min(256, len(start)), 16)], None, size, binary=True
            )
        newline = b"\r" if b"\n" not in start and b"\r" in start else b"\n"
        offset = _offset_of_line(file, newline, first)
        file.seek(offset)
        window = file.read(MAX_CHARS * 4)
        at_end = offset + len(window) >= size
        total = _count_lines(file, newline) if size <= _COUNTED else None
        pieces = window.split(newline)
        rest = pieces.pop()
        if rest and (at_end or not pieces):
            pieces.append(rest)
        wanted = pieces if last is None else pieces[: last - first + 1]
        encoding = text.decode(window).encoding
        return Page(first, _fitting(piece.decode(encoding, "replace") for piece in wanted), total, size, encoding)


def _of_text(decoded: text.Text, first: int, last: int | None, size: int) -> Page:
    lines = [text.body(line) for line in text.split_lines(decoded.content.removeprefix("\ufeff"))]
    return Page(first, _fitting(lines[first - 1 : last]), len(lines), size, decoded.encoding)


def _fitting(lines: Iterable[str]) -> list[str]:
    """As many lines as fit into `MAX_CHARS`, at least one; long ones cut."""
    kept: list[str] = []
    room = MAX_CHARS
    for line in lines:
        line = line.removesuffix("\r")
        if len(line) > MAX_LINE:
            line = f"{line[:MAX_LINE]} [... {len(line) - MAX_LINE} more characters or so in this line]"
        room -= len(line) + 8
        if room < 0 and kept:
            break
        kept.append(line)
    return kept


def _offset_of_line(file: BinaryIO, newline: bytes, line: int) -> int:
    """The byte at which line `line` begins; the file's size where it has fewer lines."""
    file.seek(0)
    offset, wanted = 0, line - 1
    while wanted > 0 and (chunk := file.read(_CHUNK)):
        ends = chunk.count(newline)
        if ends < wanted:
            wanted -= ends
            offset += len(chunk)
            continue
        at = -1
        for _ in range(wanted):
            at = chunk.index(newline, at + 1)
        return offset + at + 1
    return offset


def _count_lines(file: BinaryIO, newline: bytes) -> int:
    file.seek(0)
    count, last = 0, newline
    while chunk := file.read(_CHUNK):
        count += chunk.count(newline)
        last = chunk[-1:]
    return count + (last != newline)


def _range(given: list[int] | None) -> tuple[int, int | None]:
    if not given:
        return 1, None
    first, last = given[0], given[1] if len(given) > 1 else -1
    if first < 1 or (last != -1 and last < first):
        raise ToolFailure(f"view_range {given} is not [first, last] with 1 <= first <= last (or last = -1 for the end)")
    return first, None if last == -1 else last


def _shown(name: str, page: Page, last: int | None) -> str:
    if page.binary:
        return f"{name}: binary, {page.size} bytes, beginning with\n" + "\n".join(page.lines)
    if not page.lines:
        if not page.size:
            return f"{name} is empty"
        raise ToolFailure(f"{name} has {page.total} lines; line {page.first} is past its end")
    numbered = [f"{number:>6}\t{line}" for number, line in enumerate(page.lines, page.first)]
    end = page.first + len(page.lines) - 1
    if last is not None and end >= last:
        return "\n".join(numbered)
    if page.total is None or end < page.total:
        of = f"of {page.total}" if page.total is not None else f"of a file of {page.size} bytes"
        numbered.append(f"[lines {page.first}-{end} {of}; go on with view_range [{end + 1}, -1]]")
    return "\n".join(numbered)


def listing(folder: Path, workspace: Path) -> str:
    """Two levels of a folder: links with their target, folders with a slash, `.git` and caches closed.

    Raises:
        OSError: it cannot be read.
    """
    lines = [f"{shown_path(workspace, folder)}/"]
    _list(folder, 1, lines)
    if len(lines) > MAX_ENTRIES:
        lines = [*lines[:MAX_ENTRIES], f"[... {len(lines) - MAX_ENTRIES} more entries]"]
    return "\n".join(lines)


def _list(folder: Path, depth: int, lines: list[str]) -> None:
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        name = entry.name.replace("\n", "\\n")
        indent = "  " * depth
        if entry.is_symlink():
            lines.append(f"{indent}{name} -> {os.readlink(entry.path)}")  # noqa: PTH115
        elif entry.is_dir(follow_symlinks=False):
            lines.append(f"{indent}{name}/")
            if depth < 2 and name not in _CLOSED and len(lines) < 10 * MAX_ENTRIES:
                with contextlib.suppress(OSError):
                    _list(Path(entry.path), depth + 1, lines)
        else:
            lines.append(f"{indent}{name}")
