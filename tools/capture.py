"""Keeps the output of a command in bounded memory: its head, its tail, and the whole of it in a bounded file.

The file (`spill`) is made only when head and tail do not hold everything; it then begins with the first byte, so that
line numbers in it are the output's own.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections import deque
from dataclasses import dataclass
from pathlib import Path

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,512}(?:\x07|\x1b\\)?|[@-Z\\^_])")


def spill_folder() -> Path:
    """The folder of spilled outputs, private to this user; made on first use."""
    folder = Path(tempfile.gettempdir()) / f"tool-output-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@dataclass(frozen=True, slots=True)
class Output:
    """What a command wrote: `head` and `tail` bytes with `omitted` bytes between them, `total` in all.

    `spill` is the file with everything up to `spilled` bytes, or None where nothing had to be spilled.
    """

    head: bytes
    tail: bytes
    total: int
    spill: str | None = None
    spilled: int = 0

    @property
    def omitted(self) -> int:
        """Bytes between head and tail."""
        return self.total - len(self.head) - len(self.tail)

    def text(self) -> str:
        """Head and tail as text, cut at line ends where that costs little, with a note where something is left out."""
        if not self.omitted:
            return plain(self.head + self.tail)
        head, tail = _whole_lines_at_end(self.head), _whole_lines_at_start(self.tail)
        left_out = self.total - len(head) - len(tail)
        where = f"; the output is in {self.spill}, read it with view or search" if self.spill else ""
        if self.spill and self.spilled < self.total:
            where += f" (its first {self.spilled} bytes)"
        return f"{plain(head)}\n[... {left_out} bytes left out{where} ...]\n{plain(tail)}"


def plain(data: bytes) -> str:
    """Decode output for a reader: invalid UTF-8 replaced, terminal control sequences removed."""
    return _ANSI.sub("", data.decode("utf-8", "replace")).replace("\r\n", "\n")


def _whole_lines_at_end(data: bytes) -> bytes:
    cut = data.rfind(b"\n")
    return data[: cut + 1] if cut > len(data) // 2 else data[: _boundary(data, len(data))]


def _whole_lines_at_start(data: bytes) -> bytes:
    cut = data.find(b"\n")
    if 0 <= cut < len(data) // 2:
        return data[cut + 1 :]
    start = 0
    while start < min(4, len(data)) and data[start] & 0xC0 == 0x80:
        start += 1
    return data[start:]


def _boundary(data: bytes, end: int) -> int:
    """The last position at or before `end` that does not split a UTF-8 character."""
    for back in range(1, min(4, end) + 1):
        byte = data[end - back]
        if byte & 0xC0 == 0x80:
            continue
        need = 2 if byte & 0xE0 == 0xC0 else 3 if byte & 0xF0 == 0xE0 else 4 if byte & 0xF8 == 0xF0 else 1
        return end if need <= back else end - back
    return end


class Capture:
    """Takes output piece by piece. Not safe for several threads at once.

    `head` and `tail` are the bytes kept for the reader; `spill_limit` bounds the file (0: no file).
    """

    def __init__(self, head: int = 8192, tail: int = 8192, spill_limit: int = 256 << 20) -> None:
        self._head_limit, self._tail_limit, self._spill_limit = head, tail, spill_limit
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self.total = 0
        self._file: int | None = None
        self._path: str | None = None
        self._spilled = 0
        self.disk_full = False

    def feed(self, data: bytes) -> None:
        """Take the next piece."""
        self.total += len(data)
        if self._path is None and self.total > self._head_limit + self._tail_limit and self._spill_limit:
            self._open()
        self._write(data)
        room = self._head_limit - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if data:
            self._tail.append(data[-self._tail_limit :] if self._tail_limit else b"")
            self._tail_size += len(self._tail[-1])
            while self._tail_size - len(self._tail[0]) >= self._tail_limit and len(self._tail) > 1:
                self._tail_size -= len(self._tail.popleft())

    def ensure_file(self) -> str | None:
        """Make the file now, for output that is still to come; its path, or None where it cannot be made."""
        if self._path is None and self._spill_limit:
            self._open()
        return self._path

    def output(self) -> Output:
        """What has been taken so far."""
        tail = b"".join(self._tail)
        if self.total <= self._head_limit + self._tail_limit:
            return Output(bytes(self._head), tail, self.total, self._path, self._spilled)
        return Output(bytes(self._head), tail[-self._tail_limit :], self.total, self._path, self._spilled)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self) -> None:
        try:
            self._file, self._path = tempfile.mkstemp(prefix="output-", suffix=".log", dir=spill_folder())
        except OSError:
            self._spill_limit = 0
            return
        self._write(bytes(self._head) + b"".join(self._tail))

    def _write(self, data: bytes) -> None:
        if self._file is None:
            return
        view = memoryview(data)[: self._spill_limit - self._spilled]
        try:
            while view:
                done = os.write(self._file, view)
                self._spilled += done
                view = view[done:]
        except OSError:
            self.disk_full = True
            self.close()
