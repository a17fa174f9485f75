"""The attached stream of a container as a wire: takes apart the engine's frames.

Frame: 1 byte stream (1 output, 2 errors), 3 zero bytes, 4 bytes length big-endian, then that many bytes.
Source: Docker Engine API, "Attach to a container", stream format.
"""

from __future__ import annotations

import asyncio
from collections import deque

from sandboxes.errors import ProtocolViolation
from sandboxes.wires import CHUNK, StreamWire

_HEADER = 8
_OUTPUT, _ERRORS = 1, 2
_MAX_ERRORS = 8192


class DockerWire(StreamWire):
    """A wire over an attached socket. The server's standard error is kept aside, its last bytes only."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(reader, writer)
        self._kind, self._left = _OUTPUT, 0
        self._errors: deque[int] = deque(maxlen=_MAX_ERRORS)

    @property
    def errors(self) -> str:
        """The end of what the server wrote to its standard error."""
        return bytes(self._errors).decode("utf-8", "replace")

    async def receive(self) -> bytes:
        """The next bytes of the server's output; empty at the end."""
        while True:
            if self._left == 0 and not await self._next_frame():
                return b""
            data = await self._reader.read(min(self._left, CHUNK))
            self._left -= len(data)
            if not data or self._kind == _OUTPUT:
                return data
            self._errors.extend(data)

    async def _next_frame(self) -> bool:
        try:
            header = await self._reader.readexactly(_HEADER)
        except asyncio.IncompleteReadError:
            return False
        self._kind, self._left = header[0], int.from_bytes(header[4:8])
        if self._kind not in (_OUTPUT, _ERRORS):
            raise ProtocolViolation(f"the engine sent a frame of kind {self._kind}")
        return True
