"""The attached stream of a container as a wire: takes apart the engine's frames.

Frame: 1 byte stream (1 output, 2 errors), 3 zero bytes, 4 bytes length big-endian, then that many bytes.
Source: Docker Engine API, "Attach to a container", stream format.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import deque

from sandboxes.errors import ProtocolViolation

_HEADER = 8
_OUTPUT, _ERRORS = 1, 2
_CHUNK = 1 << 16
_MAX_ERRORS = 8192


class DockerWire:
    """A wire over an attached socket. The server's standard error is kept aside, its last bytes only."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._kind, self._left = _OUTPUT, 0
        self._errors: deque[int] = deque(maxlen=_MAX_ERRORS)

    @classmethod
    async def over(cls, raw: socket.socket) -> DockerWire:
        """Take over a connected socket."""
        raw.setblocking(False)
        opened = asyncio.open_unix_connection if raw.family == socket.AF_UNIX else asyncio.open_connection
        return cls(*await opened(sock=raw))

    @property
    def errors(self) -> str:
        """The end of what the server wrote to its standard error."""
        return bytes(self._errors).decode("utf-8", "replace")

    async def receive(self) -> bytes:
        """The next bytes of the server's output; empty at the end."""
        while True:
            if self._left == 0 and not await self._next_frame():
                return b""
            data = await self._reader.read(min(self._left, _CHUNK))
            self._left -= len(data)
            if not data or self._kind == _OUTPUT:
                return data
            self._errors.extend(data)

    async def send(self, data: bytes) -> None:
        """Write to the server's input.

        Raises:
            OSError: the other side is gone.
        """
        self._writer.write(data)
        await self._writer.drain()

    def close(self) -> None:
        """Close both directions, for every copy of the descriptor: the engine must see the end of the input now."""
        connection = self._writer.get_extra_info("socket")
        if connection is not None and not self._writer.is_closing():
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._writer.close()

    async def _next_frame(self) -> bool:
        try:
            header = await self._reader.readexactly(_HEADER)
        except asyncio.IncompleteReadError:
            return False
        self._kind, self._left = header[0], int.from_bytes(header[4:8])
        if self._kind not in (_OUTPUT, _ERRORS):
            raise ProtocolViolation(f"the engine sent a frame of kind {self._kind}")
        return True
