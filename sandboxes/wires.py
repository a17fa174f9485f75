"""A connected socket as a wire to a tool server."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Self

CHUNK = 1 << 16


class StreamWire:
    """Plain bytes both ways. See `sandboxes.channel.Wire`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def over(cls, raw: socket.socket) -> Self:
        """Take over a connected socket."""
        raw.setblocking(False)
        opened = asyncio.open_unix_connection if raw.family == socket.AF_UNIX else asyncio.open_connection
        return cls(*await opened(sock=raw))

    async def receive(self) -> bytes:
        """The next bytes of the server's output; empty at the end."""
        return await self._reader.read(CHUNK)

    async def send(self, data: bytes) -> None:
        """Write to the server's input.

        Raises:
            OSError: the other side is gone.
        """
        self._writer.write(data)
        await self._writer.drain()

    def close(self) -> None:
        """Close both directions, for every copy of the descriptor: the server must see the end of its input now."""
        connection = self._writer.get_extra_info("socket")
        if connection is not None and not self._writer.is_closing():
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._writer.transport.abort()
